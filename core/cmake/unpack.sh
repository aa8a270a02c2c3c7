#!/usr/bin/env bash
# The engine's libraries from Debian's packages in a folder, without root: core/cmake/unpack.sh FOLDER [DEBS]
#   FOLDER   gets the packages' files; then: cmake --preset core -DCMAKE_PREFIX_PATH=FOLDER/usr
#   DEBS     a folder of .deb files that were downloaded elsewhere; by default apt-get downloads them (no root needed)
# CONVOLAB_MINIMAL=1 leaves out what the program can do without: oneDNN, ONNX, SQLite.
set -u -o pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd -P)
me=unpack
build=.
. "$root/core/cmake/steps.sh"

case ${1:-} in
    '' | -*) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
groups=(unpack)
[ -n "${CONVOLAB_MINIMAL:-}" ] || groups+=(unpack-optional)
mkdir -p "$1" && folder=$(cd -- "$1" && pwd -P) || fail "cannot make the folder $1" "" "Name one that you can write to."
debs=${2:-}

if [ -z "$debs" ]; then
    debs=$folder/debs
    mkdir -p "$debs"
    command -v apt-get >/dev/null ||
        fail "there is no apt-get here" "Wanted: $(packages_of "${groups[@]}" | tr '\n' ' ')" \
            "On a Debian 12 machine: apt-get download these names; copy the files here and call $me FOLDER DEBS"
    # shellcheck disable=SC2046
    (cd "$debs" && apt-get -q download $(packages_of "${groups[@]}")) >"$debs/log" 2>&1 ||
        fail "downloading failed: $(grep -m 1 '^E: ' "$debs/log" | cut -c 4-160)" "All of it: $debs/log" \
            "Correct that (the lists of Debian 12 have to be there), or name a folder of .deb files."
fi

# unpack_one DEB: dpkg where it is there; else the archive's own format.
unpack_one() {
    if command -v dpkg >/dev/null; then
        dpkg -x "$1" "$folder"
    else
        ar p "$1" "$(ar t "$1" | grep '^data\.tar')" | tar -x --"$(ar t "$1" | sed -n 's/^data\.tar\.//p' | sed 's/zst/zstd/;s/gz/gzip/')" -C "$folder"
    fi
}

found=0
for deb in "$debs"/*.deb; do
    [ -f "$deb" ] || continue
    unpack_one "$deb" || fail "$deb cannot be unpacked" "" "Download it again."
    found=$((found + 1))
done
[ $found -gt 0 ] || fail "there are no .deb files in $debs" "" "See $me --help."

# One place for libraries, as on a machine whose /lib is a link to /usr/lib; links to /lib stay within the folder.
[ -d "$folder/lib" ] && cp -a "$folder/lib" "$folder/usr/" && rm -r "$folder/lib"
find "$folder/usr" -type l -lname '/*' | while IFS= read -r link; do
    target=$(readlink "$link")
    for place in "$folder$target" "$folder/usr$target"; do
        [ -e "$place" ] && ln -sfn "$(realpath --no-symlinks --relative-to="$(dirname "$link")" "$place")" "$link" && break
    done
done
say "$found packages in $folder; now: cmake --preset core -DCMAKE_PREFIX_PATH=$folder/usr"
