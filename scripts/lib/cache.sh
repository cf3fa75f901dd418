# shellcheck shell=bash
# The cache outside the source tree. An entry is a directory named after a hash of all that went into it; it is built
# under another name and renamed when complete, so what has its name is whole, also after a kill.

cache_root=${VMM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vmm}

# A short hash of the text on standard input.
hash_text() { sha256sum | cut -c1-16; }

# A short hash of the files below the given paths (what a build leaves there aside), independent of where the tree lies.
hash_files() {
    (
        cd "$repository"
        realpath --relative-to . -- "$@" | tr '\n' '\0' |
            find -files0-from - \( -name bin -o -name obj \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
    ) | hash_text
}

# cached NAME KEY TITLE BUILDER ARG…: sets REPLY to the directory of the entry KEY of the kind NAME. When there is
# none, "BUILDER DIRECTORY ARG…" fills it as the step TITLE, while other runs that want it wait.
cached() {
    local kind=$cache_root/$1 entry=$cache_root/$1/$2 title=$3 lock building
    shift 3
    REPLY=$entry
    if [ -d "$entry" ]; then
        touch "$entry"
        return 0
    fi
    mkdir -p "$kind"
    exec {lock}>"$kind/.lock-${entry##*/}"
    if ! flock -n "$lock"; then
        note "$title: waiting for another run that builds it"
        flock "$lock"
    fi
    if [ ! -d "$entry" ]; then
        # Whoever holds the lock is the only builder: what lies here half built was left by a killed run.
        rm -rf "$kind/.building-${entry##*/}"-*
        find "$kind" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
        building=$(mktemp -d "$kind/.building-${entry##*/}-XXXXXX")
        chmod 755 "$building"
        step "$title" without_lock "$lock" "$1" "$building" "${@:2}"
        mv -T "$building" "$entry"
    fi
    exec {lock}>&-
    REPLY=$entry
}

# Servers that a build leaves running must not inherit the lock.
without_lock() {
    local lock=$1
    shift
    exec {lock}>&-
    "$@"
}
