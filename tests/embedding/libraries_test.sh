#!/usr/bin/env bash
# What the shared libraries show and need, and how large the runtime is.
#   libraries_test.sh FOLDER VERSION    with libetch_runtime.so.VERSION and the others
set -eu
folder=$1
version=$2
failed=0
wrong() {
  echo "$*"
  failed=1
}

for name in etch_runtime etch_compiler etch; do
  library=$folder/lib$name.so.$version
  [ -e "$library" ] || continue
  # Names of ours alone: nothing that headers of LLVM, MLIR, Abseil or the C++ library left behind.
  others=$(nm -D --defined-only "$library" | awk '{print $3}' | sed 's/@.*//' |
    grep -vE '^(ETCH_[0-9.]+$|etch_|_Z(N|NK|NO|NR|NKO|NKR|T[VTISWH]N|G[VR]N|Z+N|Z+NK|GVZ+N|GVZ+NK)4etch|_ZT[hv][n0-9_]+_NK?4etch|_ZN4mlir6detail14TypeIDResolverIN4etch)' || true)
  [ -z "$others" ] || wrong "lib$name shows $(wc -l <<<"$others") names of others: $(head -3 <<<"$others" | c++filt)"
  nm -D --defined-only --with-symbol-versions "$library" | grep -q "@@ETCH_${version}\$" ||
    wrong "lib$name: names have no version ETCH_$version"
  readelf -d "$library" | grep -q "SONAME.*\[lib$name.so.$version\]" || wrong "lib$name: another soname"
done

runtime=$folder/libetch_runtime.so.$version
needed=$(readelf -d "$runtime" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
  grep -vE '^(libabsl_.*|libstdc\+\+|libm|libgcc_s|libc|ld-linux-x86-64|libpthread|lib[atu]+san|libclang_rt.*)\.so' || true)
[ -z "$needed" ] || wrong "the runtime needs $needed"

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$runtime"
bytes=$(stat -L -c %s "$stripped")
echo "runtime, stripped: $bytes bytes"
[ "$bytes" -lt 1500000 ] || wrong "that is more than 1,500,000"
exit $failed
