# shellcheck shell=bash
# The Microdroid-style guest kernel: Debian's linux-source with the project's own small configuration. It can be a protected guest with virtio
# devices, which Debian's own kernels cannot: they have no restricted DMA pool.

# shellcheck source=scripts/lib/apt.sh
. "$repository/scripts/lib/apt.sh"

guest_kernel_recipe=$repository/images/guest-kernel

# Sets REPLY to a directory with Image and config. Minutes when it is built, once.
guest_kernel() {
    local root source
    require_arm64_compiler
    require_commands make flex bison bc xz:xz-utils perl gcc
    require_headers openssl/ssl.h:libssl-dev libelf.h:libelf-dev
    apt_root trixie
    root=$REPLY
    apt_resolve "$root" 'linux-source-[0-9].*' -t trixie-backports linux-source
    source=$REPLY
    cached guest-kernel "$({ cat "$source"; hash_files "$guest_kernel_recipe" "${BASH_SOURCE[0]}"; } | hash_text)" \
        "building the guest kernel (minutes, once)" build_guest_kernel "$root" "$source"
}

# require_headers HEADER:PACKAGE…: installs the package of each header that is missing.
require_headers() {
    local item missing=()
    for item in "$@"; do
        if ! compgen -G "/usr/include/${item%%:*}" >/dev/null && ! compgen -G "/usr/include/*/${item%%:*}" >/dev/null; then missing+=("${item#*:}"); fi
    done
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

build_guest_kernel() {
    local out=$1 root=$2 source=$3 tree=$1/tree make
    # shellcheck disable=SC2046 # one word a package
    apt_fetch "$root" $(cat "$source")
    mkdir "$tree"
    dpkg-deb --fsys-tarfile "${package_files[0]}" | tar -x -O --wildcards -f - '*/linux-source-*.tar.xz' |
        tar -x -J -C "$tree" --strip-components=1
    # Nothing of this machine, this user or this moment goes into the image.
    make=(make -C "$tree" ARCH=arm64 -j"$(nproc)" KBUILD_BUILD_USER=vmm KBUILD_BUILD_HOST=vmm KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00:00 UTC' KBUILD_BUILD_VERSION=1)
    if [ "$(uname -m)" != aarch64 ]; then make+=(CROSS_COMPILE=aarch64-linux-gnu-); fi
    "${make[@]}" KCONFIG_ALLCONFIG="$guest_kernel_recipe/config" allnoconfig
    check_kernel_config "$tree/.config"
    "${make[@]}" Image
    cp "$tree/arch/arm64/boot/Image" "$out/Image"
    cp "$tree/.config" "$out/config"
    rm -rf "$tree"
}

# An option whose dependencies are missing vanishes without a word.
check_kernel_config() {
    local config=$1 line missing=()
    while read -r line; do
        grep -qxF -- "$line" "$config" || missing+=("$line")
    done < <(grep '^CONFIG_' "$guest_kernel_recipe/config")
    if [ ${#missing[@]} -gt 0 ]; then
        printf 'lost by the configuration: %s\n' "${missing[@]}"
        return 1
    fi
}
