#!/bin/sh
# Constraints keep one label from rule to code to test: (C2) in the description of matmul in a .td
# file is checked where ir/ops/*.cc says matmul_c2, and a test of tests/ir/invalid_*.mlir names it.
# Usage: labels_test.sh SOURCE_DIR
cd "$1" || exit 2
failed=0

stated=$(awk '
  /^(def|class) Etch_[A-Za-z]*Op[ :<]/ { op = "" }
  /Op<"[a-z_]+"/ { match($0, /Op<"[a-z_]+"/); op = substr($0, RSTART + 4, RLENGTH - 5) }
  /^class Etch_UnaryOp</ { op = "unary" }
  /^class Etch_BinaryOp</ { op = "binary" }
  /^class Etch_ReduceOp</ { op = "reduce" }
  /^class Etch_SoftmaxLikeOp</ { op = "softmax" }
  /^class Etch_ChooseOp</ { op = "choose" }
  /^def Etch_NotOp/ { op = "unary" }  # only says in its own words what a unary op is
  match($0, /\(C[0-9]+\)/) { print op "_c" substr($0, RSTART + 2, RLENGTH - 3) }
' ir/ops/*.td | sort -u)
checked=$(grep -hoE '\b[a-z_]+_c[0-9]+\b' ir/ops/*.cc | sort -u)
[ "$(echo "$stated" | wc -l)" -ge 40 ] || { echo "found too few constraints: $stated"; exit 1; }

for label in $stated; do
  echo "$checked" | grep -qx "$label" || { echo "$label: not checked in ir/ops/*.cc"; failed=1; }
done
for label in $checked; do
  echo "$stated" | grep -qx "$label" || { echo "$label: not stated in ir/ops/*.td"; failed=1; }
  grep -qw "$label" tests/ir/invalid_*.mlir ||
    { echo "$label: no test in tests/ir/invalid_*.mlir names it"; failed=1; }
done
exit $failed
