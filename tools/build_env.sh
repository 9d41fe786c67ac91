# Shared by tools/setup, tools/quickstart and tools/test; to be sourced by bash.
# Settings from the environment:
#   ETCH_PRESET  a preset of CMakePresets.json (default: release)
#   CXX          another compiler than clang++-22; it gets a build folder of its own
#   ETCH_JOBS    compile jobs at a time (default: by processors and free memory)

set -euo pipefail
etch_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
etch_preset=${ETCH_PRESET:-release}
etch_build=$etch_root/build/$etch_preset${CXX:+-$(basename "$CXX")}

# Clones in other folders share what ccache holds.
export CCACHE_BASEDIR=$etch_root CCACHE_NOHASHDIR=1

# Programs that tests compile are kept with the build, not in the user's home.
export ETCH_CACHE_DIR=${ETCH_CACHE_DIR-$etch_build/object_cache}

say() { printf '== %s\n' "$*" >&2; }
fail() {
  printf 'etch: %s\n' "$*" >&2
  exit 1
}

# Free kilobytes on the file system where $1 is or will be.
free_kb() {
  local dir=$1
  while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done
  df -Pk "$dir" | awk 'NR == 2 {print $4}'
}

# need_room DIR KILOBYTES PURPOSE
need_room() {
  local free
  free=$(free_kb "$1")
  [ "$free" -ge "$2" ] || fail "The disk is too full: $3 needs $(($2 / 1024)) MB below $1," \
    "and $((free / 1024)) MB are free."
}

# One compile job for each 2 GB of memory that is free, at least one, at most one a processor: a
# file that includes MLIR takes up to 1.5 GB to compile.
compile_jobs() {
  local jobs memory_kb limit
  if [ -n "${ETCH_JOBS:-}" ]; then
    echo "$ETCH_JOBS"
    return
  fi
  memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  [ "$limit" = max ] || [ $((limit / 1024)) -ge "$memory_kb" ] || memory_kb=$((limit / 1024))
  jobs=$((memory_kb / (2 * 1024 * 1024)))
  [ "$jobs" -le "$(nproc)" ] || jobs=$(nproc)
  [ "$jobs" -ge 1 ] || jobs=1
  echo "$jobs"
}

# Configures $etch_build unless it is up to date; Ninja itself notices edited CMakeLists.txt.
configure() {
  if [ -f "$etch_build/build.ninja" ] &&
    [ "$etch_build/build.ninja" -nt "$etch_root/CMakePresets.json" ]; then
    return
  fi
  say "Configuring $etch_build"
  (cd "$etch_root" && cmake --preset "$etch_preset" -B "$etch_build" \
    ${CXX:+"-DCMAKE_CXX_COMPILER=$CXX"} >"$etch_build/configure.log" 2>&1) || {
    cat "$etch_build/configure.log" >&2
    fail "CMake could not configure the build; its last message above says why."
  }
  touch "$etch_build/build.ninja"
}

# Configures, then builds the targets given (none: all), one caller at a time.
build() {
  local jobs targets=()
  mkdir -p "$etch_build" 2>/dev/null || fail "Cannot create the folder $etch_build."
  exec 9>"$etch_build/.lock"
  flock -n 9 || {
    say "Waiting for another build in $etch_build"
    flock 9
  }
  configure
  jobs=$(compile_jobs)
  [ $# -eq 0 ] || targets=(--target "$@")
  trap 'exit 130' INT  # Ctrl-C is no failed build
  if ! cmake --build "$etch_build" -j "$jobs" "${targets[@]}"; then
    [ "$(free_kb "$etch_build")" -ge 102400 ] || fail "The build stopped because the disk is full" \
      "($(($(free_kb "$etch_build") / 1024)) MB free below $etch_build)."
    fail "The build failed; the first error above says why."
  fi
  trap - INT
  flock -u 9
  exec 9>&-
}
