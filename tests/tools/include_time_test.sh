#!/bin/bash
# A user's file that includes all of Etch compiles quickly: include_time_test.sh COMPILER INCLUDE_DIR.
# The promise is 2 s; the limit leaves room for busy and slow machines. Time of the processor, not of
# the clock, and the better of two attempts.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/user.cc" <<'END'
#include <etch/etch.h>

#include <iostream>

int main() {
  etch::Tensor x = etch::randn({4, 3});
  auto net = etch::nn::make<etch::nn::Linear>({.in_features = 3, .out_features = 2});
  std::cout << etch::softmax(net(x)[{etch::Ellipsis, 0}] * 2 + 1, 0).sum(0) << '\n';
}
END
limit=5
best=1000
TIMEFORMAT=%U
for attempt in 1 2; do
  seconds=$({ time "$1" -std=c++20 -O2 -I "$2" -c "$work/user.cc" -o "$work/user.o"; } 2>&1 | tail -1)
  best=$(awk -v a="$seconds" -v b="$best" 'BEGIN { print (a < b) ? a : b }')
done
test -f "$work/user.o"
echo "compiles in $best s"
awk -v best="$best" -v limit="$limit" 'BEGIN { exit best > limit }' ||
  { echo "that is more than $limit s: see what public headers include"; exit 1; }
