#!/bin/sh
# Each folder includes only what ARCHITECTURE.md's arrows allow.
# Usage: layering_test.sh SOURCE_DIR
cd "$1" || exit 2
failed=0

# check FOLDER ALLOWED: every #include "etch/X/..." in FOLDER has X in ALLOWED.
check() {
  [ -n "$(find "$1" -name '*.h')" ] || { echo "$1 has no headers"; failed=1; }
  wrong=$(grep -rnE '^ *# *include ["<]etch/' "$1" --include='*.h' --include='*.cc' |
    grep -vE "#include [\"<]etch/($2)/")
  [ -z "$wrong" ] || { printf '%s/ may include %s only:\n%s\n' "$1" "$2" "$wrong"; failed=1; }
}
# without_mlir FOLDER: no header of MLIR or LLVM is included.
without_mlir() {
  wrong=$(grep -rnE '^ *# *include ["<](mlir|llvm|llvm-c)/' "$1" --include='*.h' --include='*.cc')
  [ -z "$wrong" ] || { printf '%s/ may not include MLIR or LLVM:\n%s\n' "$1" "$wrong"; failed=1; }
}

check ir 'ir'
check passes 'passes|ir'
check codegen 'codegen|passes|ir|runtime'
check runtime 'runtime'
check frontend 'frontend|codegen|passes|ir|runtime'
check nn 'nn|frontend|runtime'
without_mlir runtime
without_mlir nn
exit $failed
