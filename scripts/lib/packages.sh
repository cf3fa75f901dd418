# shellcheck shell=bash
# Packages this machine needs, from its own distribution, installed only when they are missing.

# require_commands COMMAND[:PACKAGE]…: installs the package (default: the command's name) of each missing command.
require_commands() {
    local item missing=()
    for item in "$@"; do
        command -v "${item%%:*}" >/dev/null || missing+=("${item#*:}")
    done
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# A C compiler for ARM64 with a libc to link to: a compiler's package only recommends the latter.
require_arm64_compiler() {
    local compiler=gcc library=libc6-dev
    [ "$(uname -m)" = aarch64 ] || compiler=gcc-aarch64-linux-gnu library=libc6-dev-arm64-cross
    require_commands "aarch64-linux-gnu-gcc:$compiler"
    # Only the name comes back where there is no such file.
    [ "$(aarch64-linux-gnu-gcc -print-file-name=crti.o)" != crti.o ] || install_packages "$library"
}

# What building images needs, and on machines without ARM64 KVM the host VM: asked for together, installed at once.
require_image_tools() {
    if has_arm64_kvm; then
        require_commands cpio
    else
        require_commands cpio depmod:kmod mke2fs:e2fsprogs ssh:openssh-client xz:xz-utils
    fi
}

# install_packages PACKAGE…: with the machine's own sources.
install_packages() {
    become_root "$@"
    step "installing ${*}" apt_install_packages "$@"
}

# Sets as_root to what a command needs in front of it to run as root; explains when there is no way.
become_root() {
    as_root=()
    [ "$(id -u)" -ne 0 ] || return 0
    command -v sudo >/dev/null || fail "these packages are needed: install them as root (apt-get install $*), then run this again"
    sudo -v || fail "these packages are needed and sudo refused: install them as root (apt-get install $*), then run this again"
    as_root=(sudo)
}

apt_install_packages() {
    apt_as_root update
    apt_as_root install -y --no-install-recommends "$@"
}

apt_as_root() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null
}

debian_release() {
    # shellcheck source=/dev/null
    (. /etc/os-release && echo "${ID:-unknown} ${VERSION_CODENAME:-unknown}")
}

# The base address that this machine fetches its own Debian release from.
debian_mirror() {
    local id codename mirror
    read -r id codename <<<"$(debian_release)"
    [ "$id" = debian ] || fail "this machine runs $id; these scripts know Debian 12 and 13"
    mirror=$(apt-get update --print-uris -o Dir::State::Lists=/nonexistent 2>/dev/null |
        sed -n "s#^'\(.*\)/dists/$codename/InRelease'.*#\1#p" | head -n 1)
    [ -n "$mirror" ] || fail "no apt source of this machine offers Debian $codename: look at /etc/apt/sources.list and /etc/apt/sources.list.d"
    printf '%s' "$mirror"
}

debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# A QEMU for the aarch64 host VM that knows the neoverse-n2 (8.1 or later). Debian 12 has it in its backports.
require_qemu() {
    local id codename
    if command -v qemu-system-aarch64 >/dev/null && qemu-system-aarch64 -machine virt -cpu help | grep -q neoverse-n2; then return 0; fi
    read -r id codename <<<"$(debian_release)"
    if [ "$codename" != bookworm ]; then
        install_packages qemu-system-arm
        return
    fi
    local mirror
    mirror=$(debian_mirror)
    become_root "qemu-system-arm from bookworm-backports"
    step "installing QEMU from bookworm-backports" install_from_backports "$mirror" bookworm-backports qemu-system-arm
}

# The machine's own sources plus one suite, for this installation only; its configuration stays as it is.
install_from_backports() {
    local mirror=$1 suite=$2 sources status=0
    shift 2
    sources=$(mktemp -d)
    chmod 755 "$sources"
    mkdir -p "$sources/parts" "$sources/lists/partial"
    find /etc/apt/sources.list.d -maxdepth 1 \( -name '*.list' -o -name '*.sources' \) -exec cp {} "$sources/parts" \;
    [ ! -e /etc/apt/sources.list ] || cp /etc/apt/sources.list "$sources/parts/machine.list"
    printf 'deb [signed-by=%s] %s %s main\n' "$debian_keyring" "$mirror" "$suite" >"$sources/parts/added-$suite.list"
    local options=(-o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$sources/parts" -o "Dir::State::Lists=$sources/lists")
    apt_as_root "${options[@]}" update
    apt_as_root "${options[@]}" install -y --no-install-recommends -t "$suite" "$@" || status=$?
    "${as_root[@]}" rm -rf "$sources"
    return $status
}
