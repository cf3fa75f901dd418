# shellcheck shell=bash
# The aarch64 host VM's files: kernel, initramfs, root disk, all from Debian 13 and its backports (the first kernels
# that can protect a VM are there), and the SSH keys of this cache.

# shellcheck source=scripts/lib/apt.sh
. "$repository/scripts/lib/apt.sh"

host_recipe=$repository/images/host

# Sets REPLY to a directory with id (client key), host (server key) and their .pub files.
host_keys() {
    require_image_tools
    cached ssh-keys ed25519 "making the host VM's SSH keys" make_host_keys
}

make_host_keys() {
    ssh-keygen -q -t ed25519 -N '' -C host-vm -f "$1/id"
    ssh-keygen -q -t ed25519 -N '' -C host-vm -f "$1/host"
}

# Sets REPLY to a directory with Image, initramfs and root.ext4.
host_image() {
    local root packages kernel keys
    require_image_tools
    apt_root trixie
    root=$REPLY
    # shellcheck disable=SC2046 # one word a package
    apt_resolve "$root" '.*' $(sed '/^#/d' "$host_recipe/packages")
    packages=$REPLY
    # The cloud flavour: a fifth of the modules, and it boots faster.
    apt_resolve "$root" 'linux-(image|binary|modules)-[0-9].*' -t trixie-backports linux-image-cloud-arm64
    kernel=$REPLY
    host_keys
    keys=$REPLY
    cached host-image "$({ cat "$packages" "$kernel" "$keys"/*.pub; hash_files "$host_recipe" "${BASH_SOURCE[0]}"; } | hash_text)" \
        "building the aarch64 host VM's image" build_host_image "$root" "$packages" "$kernel" "$keys"
}

build_host_image() {
    local out=$1 root=$2 packages=$3 kernel=$4 keys=$5 tree=$1/tree initramfs=$1/initramfs.tree modules version
    # shellcheck disable=SC2046 # one word a package
    apt_unpack "$root" "$tree" $(cat "$packages" "$kernel")
    modules=$(echo "$tree"/usr/lib/modules/*)
    version=${modules##*/}
    mv "$(find "$tree" -name 'vmlinuz*' -type f)" "$out/Image"
    rm -rf "${tree:?}"/usr/share/{doc,man,locale,lintian,bug} "${tree:?}"/boot
    touch "$modules/modules.order" "$modules/modules.builtin"
    depmod -b "$tree/usr" "$version"

    mkdir -p "$initramfs"/{bin,dev,sys,root,modules}
    cp "$tree/usr/bin/busybox" "$initramfs/bin"
    cp "$host_recipe/initramfs-init" "$initramfs/init"
    add_initramfs_modules "$tree/usr" "$version" "$initramfs/modules" virtio_blk virtio_net
    (cd "$initramfs" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$out/initramfs"

    mkdir -p "$tree"/{dev,proc,sys,tmp,run,root,disk,home/user,etc}
    ln -s busybox "$tree/usr/bin/sh"
    cp "$host_recipe"/{passwd,group,inittab,rc} "$tree/etc"
    cp "$keys/id.pub" "$tree/etc/authorized_keys"
    cp "$keys/host" "$tree/etc/dropbear.openssh"
    mke2fs -q -t ext4 -O ^has_journal -E root_owner=0:0 -d "$tree" "$out/root.ext4" 256M
    rm -rf "$tree" "$initramfs"
}

# add_initramfs_modules BASE VERSION OUT MODULE…: unpacked, with what they depend on, named in the order to load them.
add_initramfs_modules() {
    local base=$1 version=$2 out=$3 number=10 command file name
    shift 3
    while read -r command file _; do
        [ "$command" = insmod ] || continue
        name=$(basename "$file" .xz)
        if compgen -G "$out/*-$name" >/dev/null; then continue; fi
        xz -dc "$file" >"$out/$number-$name"
        number=$((number + 1))
    done < <(modprobe -d "$base" -S "$version" --show-depends -a "$@")
}
