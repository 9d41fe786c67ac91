#!/bin/sh
# Builds program.cc with each compiler against the same library and compares what they print.
# Usage: run.sh SOURCE INCLUDE_DIR WORK_DIR LIBRARY... -- COMPILER...
source=$1 include=$2 work=$3
shift 3
libraries=
while [ "$1" != -- ]; do
  libraries="$libraries $1 -Wl,-rpath,$(dirname "$1")"
  shift
done
shift
mkdir -p "$work" && cd "$work" || exit 2
count=0
for compiler; do
  command -v "$compiler" >/dev/null || { echo "there is no $compiler"; exit 1; }
  count=$((count + 1))
  # shellcheck disable=SC2086
  "$compiler" -std=c++20 -O1 -I"$include" "$source" -o "program$count" $libraries || exit 1
  "./program$count" >"output$count" || exit 1
  [ -s "output$count" ] || { echo "$compiler: nothing was printed"; exit 1; }
  cmp output1 "output$count" || { echo "$1 and $compiler differ"; diff output1 "output$count"; exit 1; }
done
