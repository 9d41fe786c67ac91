#!/usr/bin/env bash
# Builds and runs programs against an installed Etch with pkg-config alone.
#   pkg_config_test.sh BUILD COMPILER C_COMPILER WRITE_BUNDLE
set -eu
build=$1
compiler=$2
c_compiler=$3
write_bundle=$4
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/installed"
libraries=$(dirname "$(find "$work/installed" -name libetch_runtime.so)")
export PKG_CONFIG_PATH=$libraries/pkgconfig LD_LIBRARY_PATH=$libraries

make() {  # PACKAGE SOURCE
  # shellcheck disable=SC2046
  "$compiler" -std=c++20 "$2" $(pkg-config --cflags --libs "$1") -o "$work/program"
}

make etch "$here/user/main.cc"
"$work/program" | grep -E '^f\(3\) = (5\.99|6\.00)'

make etch-runtime "$here/device/main.cc"
ldd "$work/program" | grep -E 'lib(LLVM|MLIR|etch_compiler)' && exit 1
"$write_bundle" "$work"
(cd "$work" && ./program | grep '0 differ')

# shellcheck disable=SC2046
"$c_compiler" -std=c99 "$here/c_service/main.c" $(pkg-config --cflags --libs etch-runtime) \
  -o "$work/program"
cd "$work" && ./program | grep 'rows, which sum to'
