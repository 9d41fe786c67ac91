#!/bin/sh
# Published models in full size against PyTorch (Debian's python3-torch and python3-torchvision):
# outputs in eval mode; in train mode the loss, gradients and running statistics; the time and memory
# of both on one core. Needs 8 GB of memory; not part of the tests.
# Usage: compare_full.sh BUILD_DIR [MODEL...]
set -e
build=$1
shift
here=$(dirname "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --build "$build" --target etch_zoo_compare
failed=
for model in ${*:-mlp_b1 mlp_b64 tinygpt gpt2 gpt2_s128 bert bert_base_s128 resnet18 resnet50 \
    mobilenet_v2 vit_b_16}; do
  taskset -c 0 /usr/bin/python3 "$here/../golden/zoo.py" full "$model" "$folder"
  taskset -c 0 "$build/tests/bin/etch_zoo_compare" "$model" "$folder" 1 || failed="$failed $model"
  rm "$folder/$model".*
done
[ -z "$failed" ] || { echo "these differ:$failed"; exit 1; }
