#!/bin/sh
# The C example predicts with a bundle of the command line's, and trains it, without the compiler.
# Usage: c_inference_test.sh C_INFERENCE ETCH
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ldd "$1" | grep -E 'lib(LLVM|MLIR|etch_compiler)'; then
  echo "the example links the compiler"
  exit 1
fi
"$2" compile mlp -o "$folder/mlp.etch" > /dev/null
"$1" "$folder/mlp.etch" "$folder/trained.etch" | tee "$folder/out"
grep -q '  takes: x f32 \[64, 784\] target i64 \[64\]' "$folder/out"
grep -q 'trained.etch predicts the same' "$folder/out"
tail -n 2 "$folder/out" | grep -qE 'accuracy (9[0-9]|100) %'
"$1" "$folder/none.etch" "$folder/trained.etch" 2> "$folder/errors" && exit 1
grep -q 'c_inference: NOT_FOUND: .*none.etch' "$folder/errors"
