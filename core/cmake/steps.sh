# shellcheck shell=bash disable=SC2154
# Steps that `run` and `tests/run` share: install what is missing, configure, build.
# Before sourcing set: root (the checkout), build (the build folder), me (the name in messages).
# Everything here writes to stderr or to $log; stdout belongs to the program.

log=$build/$(basename "$me").log

say() { printf '%s: %s\n' "$me" "$*" >&2; }

# fail WHAT WHERE WHAT_TO_DO [STATUS]: three lines at most, then the end.
fail() {
    [ -t 2 ] && printf '\r\033[K' >&2
    printf '%s: %s\n' "$me" "$1" >&2
    [ -n "$2" ] && printf '  %s\n' "$2" >&2
    [ -n "$3" ] && printf '  %s\n' "$3" >&2
    exit "${4:-1}"
}

system_name() { (. /etc/os-release 2>/dev/null && printf '%s' "${PRETTY_NAME:-$(uname -s)}") || uname -s; }

is_debian_12() { (. /etc/os-release 2>/dev/null && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ]); }

# packages_of GROUP...: the names in these groups of .packages.
packages_of() {
    local group='' line
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            '' | '#'*) ;;
            '['*']') group=${line:1:-1} ;;
            *) case " $* " in *" $group "*) printf '%s\n' "$line" ;; esac ;;
        esac
    done < "$root/.packages"
}

# missing_packages GROUP...: those of them that are not installed, by one dpkg-query.
missing_packages() {
    local wanted installed name
    wanted=$(packages_of "$@")
    # shellcheck disable=SC2086
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null)
    for name in $wanted; do
        case $'\n'"$installed"$'\n' in
            *$'\n'"installed $name"$'\n'*) ;;
            *) printf '%s ' "$name" ;;
        esac
    done
}

make_build_folder() {
    local parent=$build
    mkdir -p "$build" 2>/dev/null && [ -w "$build" ] && return
    while [ ! -d "$parent" ]; do parent=$(dirname "$parent"); done
    fail "cannot write the build to $build" "$parent is read-only for $(id -un)" \
        "Set CONVOLAB_BUILD_DIR to a folder that you can write to and call $me again."
}

# install_packages GROUP...: nothing when all are there.
install_packages() {
    local missing
    [ -n "${CONVOLAB_NO_INSTALL:-}" ] && return
    if ! command -v dpkg-query >/dev/null; then
        fail "this is $(system_name); packages are installed by name on Debian 12 only" \
            "The names are in $root/.packages" \
            "Install what corresponds to them, then call CONVOLAB_NO_INSTALL=1 $me"
    fi
    missing=$(missing_packages "$@")
    [ -z "$missing" ] && return
    if ! is_debian_12; then
        fail "this is $(system_name), not Debian 12; not installed under Debian's names: $missing" \
            "The names are in $root/.packages" \
            "Install what corresponds to them, then call CONVOLAB_NO_INSTALL=1 $me"
    fi
    make_build_folder
    apt_install "$missing"
}

apt_install() {
    local missing=$1 manual="apt-get install ${1% }"
    local as_root=(env)
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            fail "packages are missing, and only root can install them (there is no sudo)" "As root: $manual" \
                "Then call $me again."
        as_root=(sudo env)
        if ! sudo -n true 2>/dev/null; then
            { [ -t 0 ] && [ -t 2 ]; } ||
                fail "packages are missing, and sudo asks for a password without a terminal to type it on" \
                    "As root: $manual" "Then call $me again."
        fi
    fi
    # shellcheck disable=SC2086
    set -- $missing
    say "installing $# packages: ${missing% }"
    local apt=("${as_root[@]}" DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -o DPkg::Lock::Timeout=300
               -o Acquire::Retries=2)
    # A failed update is no end: another source's fault, or lists that are fresh enough.
    "${apt[@]}" update >"$log" 2>&1 </dev/null
    "${apt[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1 </dev/null || explain_apt "$manual"
}

explain_apt() {
    local what="installing packages failed" todo="Correct that, or install by hand: $1"
    if grep -qE 'Temporary failure resolving|Could not (resolve|connect)|Network is unreachable|timed out' "$log"; then
        what="installing packages failed: no network ($(grep -oE "(resolving|resolve|connect to) '?[A-Za-z0-9.:-]+" "$log" | head -n 1))"
        todo="Connect this computer to the network (or set http_proxy) and call $me again."
    elif grep -q 'dpkg --configure -a' "$log"; then
        what="installing packages failed: an earlier installation was interrupted"
        todo="As root: dpkg --configure -a; then call $me again."
    elif grep -q 'No space left\|enough free space' "$log"; then
        what="installing packages failed: no space left on the disk"
        todo="Free about 2 GB and call $me again."
    elif grep -q '^E: Unable to locate package' "$log"; then
        what="installing packages failed: $(grep -m 1 -o 'Unable to locate package .*' "$log")"
        todo="Enable Debian 12's main archive in /etc/apt/sources.list and call $me again."
    elif grep -q '^E: ' "$log"; then
        what="installing packages failed: $(grep -m 1 '^E: ' "$log" | cut -c 4-160)"
    fi
    fail "$what" "apt-get's own words: $log" "$todo"
}

# A compiler process of this project needs up to about 1.2 GB.
parallel_jobs() {
    local cores memory
    cores=$(nproc 2>/dev/null || echo 2)
    memory=$(awk '/^MemAvailable/ {print int($2 / 1200000)}' /proc/meminfo 2>/dev/null)
    [ "${memory:-0}" -ge 1 ] || memory=1
    echo $((cores < memory ? cores : memory))
}

# One builder at a time in one build folder.
lock_build() {
    command -v flock >/dev/null || return 0
    exec 9>"$build/.lock"
    flock -n 9 && return
    say "another build is running in $build; waiting for it"
    flock 9
}

unlock_build() { exec 9>&-; }

# True when the build folder has been configured for this checkout (it may have been moved or copied).
is_configured() {
    [ -f "$build/build.ninja" ] && [ -f "$build/CMakeCache.txt" ] &&
        grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt" &&
        grep -qxF "CMAKE_CACHEFILE_DIR:INTERNAL=$build" "$build/CMakeCache.txt"
}

# configure PRESET [-DNAME=VALUE...]
configure() {
    local preset=$1
    shift
    local command=(cmake -S "$root" -B "$build" --preset "$preset" "$@")
    command -v cmake >/dev/null && command -v ninja >/dev/null ||
        fail "cmake or ninja is not installed" "CONVOLAB_NO_INSTALL is set: nothing was installed" "Install what $root/.packages names, or unset it."
    say "configuring ($preset)"
    [ -e "$build/CMakeCache.txt" ] && ! is_configured && command+=(--fresh)
    "${command[@]}" >"$log" 2>&1 </dev/null || "${command[@]}" --fresh >"$log" 2>&1 </dev/null ||
        fail "configuring failed: $(grep -A 3 -m 1 '^CMake Error' "$log" | tr -s ' \n' ' ' | cut -c 1-200)" \
            "All of it: $log" "Correct that and call $me again."
}

# show_progress: ninja's lines become one line that counts (on a terminal).
show_progress() {
    local line
    if [ -t 2 ]; then
        while IFS= read -r line; do
            [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] &&
                printf '\r\033[K%s: building, %s of %s' "$me" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >&2
        done
        printf '\r\033[K' >&2
    else
        cat >/dev/null
    fi
}

is_up_to_date() {
    case $(ninja -C "$build" -n "$@" 2>/dev/null) in *'no work to do'*) return 0 ;; esac
    return 1
}

# compile TARGET...: status 0, or the end with the first error's line.
compile() {
    local status
    NINJA_STATUS='[%f/%t] ' ninja -C "$build" -j "$(parallel_jobs)" "$@" 2>&1 </dev/null | tee "$log" | show_progress
    status=${PIPESTATUS[0]}
    [ "$status" = 0 ] && return
    explain_build "$status"
}

explain_build() {
    local first
    grep -q '^ninja: build stopped: interrupted' "$log" &&
        fail "interrupted" "" "The next $me goes on where this one stopped." 130
    [ -n "${show_failed_commands:-}" ] && grep -A 40 -m 1 '^FAILED: ' "$log" | cut -c 1-400 >&2
    first=$(grep -m 1 -E '(error:|undefined reference|CMake Error|No space left|^ninja: error)' "$log" | cut -c 1-240)
    case $first in
        *'No space left'*) fail "building failed: no space left on the disk" "$build" "Free about 2 GB and call $me again." ;;
    esac
    grep -qE 'Killed signal|internal compiler error: Killed' "$log" &&
        fail "building failed: the compiler ran out of memory" "All of it: $log" \
            "Close other programs and call $me again; it goes on where it stopped."
    fail "building failed: ${first:-ninja ended with status $1}" "All of it: $log" "Correct that and call $me again."
}
