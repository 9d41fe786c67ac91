#!/bin/sh
# Published models in full size against PyTorch (Debian's python3-torch and python3-torchvision):
# outputs in eval mode and the loss in training mode. Needs 8 GB of memory; not part of the tests.
# Usage: compare_full.sh BUILD_DIR [MODEL...]
set -e
build=$1
shift
here=$(dirname "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --build "$build" --target etch_zoo_compare
for model in ${*:-gpt2 bert resnet18 resnet50 mobilenet_v2 vit_b_16}; do
  /usr/bin/python3 "$here/../golden/zoo.py" full "$model" "$folder"
  "$build/tests/bin/etch_zoo_compare" "$model" "$folder" train || echo "  $model DIFFERS"
  rm "$folder/$model".*
done
