#!/usr/bin/env bash
# Builds engine and command line from Debian's packages unpacked in a folder, none of the machine's own libraries, and uses the
# program; minutes: tests/bench/without_root.sh FOLDER [-DNAME=VALUE...]
# FOLDER keeps what is downloaded and built; the rest goes to CMake.
set -eu -o pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd -P)
mkdir -p "$1"
folder=$(cd -- "$1" && pwd -P)
shift
prefix=$folder/prefix
[ -d "$prefix/usr" ] || "$root/core/cmake/unpack.sh" "$prefix"

# No library of the machine's own is looked at.
cmake -S "$root" -B "$folder/build" --preset core -DCMAKE_PREFIX_PATH="$prefix/usr" -DCONVOLAB_TESTS=OFF \
    -DCONVOLAB_ONEDNN=ON -DCONVOLAB_ONNX=ON -DCONVOLAB_SQLITE=ON -DCONVOLAB_OPENCV=OFF -DCONVOLAB_GPU=OFF \
    -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF "$@"
ninja -C "$folder/build" -j "${JOBS:-$(nproc)}" convolab

# wrong WHAT: the end.
wrong() { printf 'without_root: %s\n' "$1" >&2; exit 1; }

# Headers of the machine's own copies of the same packages.
headers=$(ninja -C "$folder/build" -t deps | sed 's/^ *//' |
    grep -E '^/usr/include/(eigen3|nlohmann|spdlog|fmt|CLI|oneapi|onnx|google|sqlite3\.h|zlib\.h)' | sort -u || true)
[ -z "$headers" ] || wrong "$(wc -l <<<"$headers") headers come from outside, the first: ${headers%%$'\n'*}"

# Libraries: all that have a package in the folder come from it.
program=$folder/build/bin/convolab
while read -r name _ path _; do
    case $name in
        libdnnl.* | libonnx* | libprotobuf.* | libsqlite3.* | libspdlog.* | libfmt.* | libOpenCL.* | libz.*)
            case $path in "$prefix"/*) ;; *) wrong "$name comes from $path" ;; esac ;;
    esac
done < <(env -u LD_LIBRARY_PATH ldd "$program")

place=$(mktemp -d "$folder/run.XXXXXX")
cd "$place"
env -u LD_LIBRARY_PATH "$program" --version
env -u LD_LIBRARY_PATH "$program" devices
env -u LD_LIBRARY_PATH "$program" train lenet-like --data digits --limit 500 --epochs 1 --quiet
env -u LD_LIBRARY_PATH "$program" eval convolab-out/lenet-like.convolab --data digits --limit 200
[ -s convolab-out/lenet-like.onnx ] || wrong "no ONNX file"
printf 'without_root: done\n'
