# shellcheck shell=bash
# Private apt roots: arm64 packages of a Debian release on any machine, fetched and verified by apt as the machine
# does it for itself (its mirror, its proxies, Debian's keyring), unpacked without running their scripts.

# apt_root RELEASE: sets REPLY to the root's directory, its package lists fetched.
# trixie also has its backports, where the kernels are that can protect a VM.
apt_root() {
    local root=$cache_root/apt/$1
    if [ ! -e "$root/ready" ]; then
        # Whoever has the newest of these keys has the older ones, and those that sign what is not released yet.
        [ -e /usr/share/keyrings/debian-archive-trixie-stable.gpg ] || install_packages debian-archive-keyring
        step "fetching the package lists of $1 for arm64" update_apt_root "$1"
    fi
    REPLY=$root
}

apt_suites() {
    case $1 in
    bookworm) echo bookworm ;;
    trixie) echo trixie trixie-backports ;;
    forky) echo forky ;;
    *) fail "no suites known for the release $1" ;;
    esac
}

write_apt_configuration() {
    cat >"$1/apt.conf" <<EOF
#clear APT::Architectures;
#clear APT::Update;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Default-Release "";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::Etc::SourceList "$1/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$1";
Dir::State::Lists "$1/lists";
Dir::State::Status "$1/status";
Dir::Cache "$1";
Dir::Cache::Archives "$1/archives";
Dir::Cache::pkgcache "pkgcache.bin";
EOF
}

# Several runs may want this at once; one after the other is harmless.
update_apt_root() {
    local root=$cache_root/apt/$1 mirror suite lock
    mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/resolved"
    exec {lock}>"$root/.lock"
    flock "$lock"
    mirror=$(debian_mirror)
    for suite in $(apt_suites "$1"); do
        printf 'deb [arch=arm64 signed-by=%s] %s %s main\n' "$debian_keyring" "$mirror" "$suite"
    done >"$root/sources.list"
    : >"$root/status"
    write_apt_configuration "$root"
    apt-get -c "$root/apt.conf" -q update
    apt-get -c "$root/apt.conf" -q autoclean
    rm -f "$root"/resolved/*
    touch "$root/ready"
}

# Fetches the lists of every private root again and forgets what is out of date.
refresh_apt_roots() {
    local ready release
    for ready in "$cache_root"/apt/*/ready; do
        [ -e "$ready" ] || continue
        release=$(basename "$(dirname "$ready")")
        step "fetching the package lists of $release again" update_apt_root "$release"
    done
}

# apt_resolve ROOT FILTER APT-ARGUMENT…: sets REPLY to a file with one NAME=VERSION line for each package of the
# dependency closure whose NAME matches the extended regular expression FILTER. The answer is kept until the lists change.
apt_resolve() {
    local root=$1 filter=$2 resolved
    resolved=$root/resolved/$(printf '%s\n' "$@" | hash_text)
    if [ ! -s "$resolved" ]; then
        # A new question deserves an answer of today: what older lists name may be gone from the mirror.
        if [ -n "$(find "$root/ready" -mmin +1440)" ]; then
            step "fetching the package lists of $(basename "$root") again" update_apt_root "$(basename "$root")"
        fi
        apt-get -c "$root/apt.conf" install --simulate "${@:3}" |
            sed -nE 's/^Inst ([^ ]+) \(([^ ]+) .*/\1=\2/p' |
            grep -E "^($filter)=" | LC_ALL=C sort >"$resolved.new" || true
        [ -s "$resolved.new" ] || fail "apt finds no packages for: ${*:3} (look at $root/sources.list)"
        mv "$resolved.new" "$resolved"
    fi
    REPLY=$resolved
}

# root_of LIST: the apt root that a resolved list lies in.
root_of() { dirname "$(dirname "$1")"; }

# apt_fetch ROOT NAME=VERSION…: sets package_files, an array, to their files, fetched and verified.
apt_fetch() {
    local root=$1 package file
    shift
    (cd "$root/archives" && apt-get -c "$root/apt.conf" -q download "$@") || {
        echo "Where the mirror has a newer version only, scripts/build-images --update finds that."
        return 1
    }
    package_files=()
    for package in "$@"; do
        file=${package%%=*}_${package#*=}
        package_files+=("$root/archives/${file/:/%3a}"_*.deb)
    done
}

# apt_unpack ROOT OUT NAME=VERSION…: fetches these packages and unpacks them into the directory OUT.
apt_unpack() {
    local root=$1 out=$2 file name
    shift 2
    mkdir -p "$out"/usr/{bin,sbin,lib}
    # Packages from before the merged /usr still ship /bin, /sbin and /lib.
    for name in bin sbin lib; do ln -sfn "usr/$name" "$out/$name"; done
    apt_fetch "$root" "$@"
    for file in "${package_files[@]}"; do
        dpkg-deb --fsys-tarfile "$file" | tar -x -C "$out" --no-same-owner --keep-directory-symlink -f -
    done
}

# apt_extract_kernel ROOT OUT NAME=VERSION…: fetches these packages and writes the kernel that one of them has to OUT.
apt_extract_kernel() {
    local root=$1 out=$2 file
    shift 2
    apt_fetch "$root" "$@"
    for file in "${package_files[@]}"; do
        # Reading ends at the kernel, which comes before the modules; what dpkg-deb says to that does not matter.
        { dpkg-deb --fsys-tarfile "$file" 2>/dev/null || true; } |
            tar -x -O --wildcards --occurrence=1 -f - '*/vmlinuz*' >"$out" 2>/dev/null && return 0
    done
    echo "no kernel in: $*"
    return 1
}
