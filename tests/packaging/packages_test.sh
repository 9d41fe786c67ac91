#!/usr/bin/env bash
# Packs what is built and looks at what is in the packages and what they depend on; whether they can be
# used, clean_install_test.sh finds out (tools/package --test).
#   packages_test.sh BUILD VERSION     VERSION: 0.1
set -eu
build=$1
version=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpack --config "$build/CPackConfig.cmake" -B "$work/packages" >"$work/log" 2>&1 || { tail -20 "$work/log"; exit 1; }
failed=0
wrong() {
  echo "$*"
  failed=1
}
field() { dpkg-deb -f "$work/packages/$1"_*.deb "$2"; }
depends() { field "$1" Depends | grep -qE "(^|, )$2( \\(|,|\$)" || wrong "$1 does not depend on $2"; }

names=$(cd "$work/packages" && for f in *.deb; do echo "${f%%_*}"; done | sort | xargs)
[ "$names" = "etch-tools libetch-dev libetch-runtime-dev libetch-runtime$version libetch$version" ] ||
  wrong "other packages: $names"

for package in $names; do
  release=$(field "$package" Version)
  dpkg-deb -x "$work/packages/$package"_*.deb "$work/$package"
  [ -s "$work/$package/usr/share/doc/$package/copyright" ] || wrong "$package has no copyright"
  # What stands in it comes from nowhere but here.
  find "$work/$package" -type f \( -name 'lib*.so*' -o -path '*/bin/*' \) | while read -r file; do
    readelf -d "$file" | grep -E 'R(UN)?PATH' | grep -v '\[$ORIGIN:$ORIGIN/../lib' || true
    [ "$(readelf -S "$file" | grep -c '\.symtab')" = 0 ] || echo "$file is not stripped"
  done >"$work/found"
  [ ! -s "$work/found" ] || wrong "$package: $(cat "$work/found")"
done

same="\\(= $(printf %s "$release" | sed 's/\./\\./g')\\)"
for pair in "libetch-runtime-dev libetch-runtime$version" "libetch$version libetch-runtime$version" \
  "libetch-dev libetch$version" "libetch-dev libetch-runtime-dev" "etch-tools libetch$version"; do
  read -r package other <<<"$pair"
  field "$package" Depends | grep -qE "(^|, )$other $same" || wrong "$package does not want $other of its version"
done
depends libetch-runtime-dev libabsl-dev
depends "libetch$version" libmlir-22
depends "libetch$version" libllvm22
for package in "libetch-runtime$version" libetch-runtime-dev libetch-dev; do
  ! field "$package" Depends | grep -E 'llvm|mlir' || wrong "$package depends on LLVM"
done

runtime=$work/libetch-runtime-dev/usr
[ -f "$runtime/include/etch/runtime/model.h" ] || wrong "headers of the runtime are missing"
[ -f "$runtime/lib/cmake/Etch/EtchConfig.cmake" ] && [ -f "$runtime/lib/pkgconfig/etch-runtime.pc" ] ||
  wrong "the CMake package or the description for pkg-config is missing"
[ ! -e "$runtime/include/etch/nn" ] || wrong "the runtime's headers are not alone"
[ -f "$work/libetch-dev/usr/include/etch/etch.h" ] || wrong "etch.h is missing"
[ ! -e "$work/libetch-dev/usr/include/etch/ir" ] || wrong "headers that need MLIR are installed"
[ -x "$work/etch-tools/usr/bin/etch" ] && [ -x "$work/etch-tools/usr/bin/etch-opt" ] || wrong "commands are missing"
exit $failed
