#!/bin/sh
# No file of the tree is longer than 500 lines: split it by concept before.
# Usage: file_length_test.sh SOURCE_DIR
cd "$1" || exit 2
sources=$(find cmake ir passes codegen runtime frontend nn tools tests benchmarks examples docs \
  -type f ! -path 'docs/reference/*' \
  '(' -name '*.h' -o -name '*.cc' -o -name '*.td' -o -name '*.mlir' -o -name '*.cmake' \
  -o -name 'CMakeLists.txt' -o -name '*.py' -o -name '*.md' -o -name '*.sh' ')')
[ -n "$sources" ] || { echo "no sources below $1"; exit 1; }
long=$(echo "$sources" | xargs wc -l | awk '$2 != "total" && $1 > 500 {print $2 ": " $1 " lines"}')
[ -z "$long" ] || { printf 'longer than 500 lines:\n%s\n' "$long"; exit 1; }
