#!/usr/bin/env bash
# Installs the packages in a clean Debian 12, made by debootstrap, and uses each of them there. Needs
# root, a network and some minutes; tools/package --test calls it.
#   clean_install_test.sh PACKAGES [ROOT]   ROOT: a fresh Debian 12 to be used in place of a new one
set -eu
packages=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
# Should /proc stay mounted, nothing in it is to go.
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
root=$work/root

say() { printf '== %s\n' "$*"; }
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root "$@"; }
install() { inside apt-get install -qq -y --no-install-recommends "$@" >"$work/apt.log" 2>&1 || { tail -20 "$work/apt.log"; exit 1; }; }
not_there() {
  ! inside dpkg-query -W -f '${Package}\n' | grep -E "$1" || { echo "$2"; exit 1; }
}

if [ -n "${2:-}" ]; then
  cp -a "$2" "$root"
else
  say "A clean Debian 12"
  debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian >"$work/debootstrap.log" ||
    { tail "$work/debootstrap.log"; exit 1; }
fi
mount -t proc proc "$root/proc"
# LLVM 22 comes from the same suite that the packages are built with.
echo 'deb http://deb.debian.org/debian-security bookworm-security main' >"$root/etc/apt/sources.list.d/security.list"
inside apt-get update -qq
mkdir "$root/packages" "$root/programs"
cp "$packages"/*.deb "$root/packages"
cp -r "$here"/embedding/user "$here"/embedding/device "$root/programs"
deb() { (cd "$root" && echo "./packages/$1"_*.deb); }
cd "$root"

say "Those who build a service install no LLVM"
install "$(deb libetch-runtime0.1)" "$(deb libetch-runtime-dev)" g++ cmake make pkg-config
not_there '^(libllvm|libmlir|llvm)' "the runtime's packages brought LLVM"
build() { inside cmake -S "/programs/$1" -B "/programs/$1/build" >"$work/build.log" 2>&1 && inside cmake --build "/programs/$1/build" >>"$work/build.log" 2>&1; }
build device || { tail -20 "$work/build.log"; exit 1; }
build user && { echo "the compiler was found where it is not installed"; exit 1; }
grep -q "Only Etch's runtime is installed" "$work/build.log" || { cat "$work/build.log"; exit 1; }

say "The commands compile and run a model"
install "$(deb libetch0.1)" "$(deb etch-tools)"
not_there '^(llvm|libmlir|libllvm).*-dev' "the commands brought files for development"
inside etch --version
inside etch compile mlp -o /root/mlp.etch
inside etch inspect /root/mlp.etch | head -3
inside etch run /root/mlp.etch --program train_step --steps 3 --save /root/trained.etch
echo 'func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> { return %x : tensor<4xf32> }' >"$root/root/f.mlir"
inside etch-opt /root/f.mlir | grep -q 'func.func @f'

say "A program of the compiler, found by CMake and by pkg-config"
install "$(deb libetch-dev)"
not_there '^(llvm|libmlir|libllvm).*-dev' "libetch-dev needs headers of LLVM"
rm -rf "$root/programs/user/build"
build user || { tail -20 "$work/build.log"; exit 1; }
inside /programs/user/build/user | grep -E '^f\(3\) = (5\.99|6\.00)'
inside sh -c 'g++ -std=c++20 /programs/user/main.cc $(pkg-config --cflags --libs etch) -o /root/user && /root/user'

say "A program of the runtime, on a bundle that the compiler wrote"
cp "$here/embedding/write_bundle.cc" "$root/root"
inside sh -c 'g++ -std=c++20 /root/write_bundle.cc $(pkg-config --cflags --libs etch) -o /root/write && /root/write /root'
inside sh -c 'cd /root && /programs/device/build/device' | grep ' 0 differ'

say "All can be removed again"
inside apt-get purge -qq -y libetch0.1 libetch-runtime0.1 >"$work/apt.log" 2>&1
left=$(inside find /usr -iname '*etch*' -not -path '*/share/perl*' -not -iname '*fetch*' -not -iname '*stretch*' -not -iname '*sketch*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
say "The packages work"
