# shellcheck shell=bash
# What goes to the KVM host together: one directory, and an ext4 image of it for the host VM.

# bundle NAME ITEM=PATH…: sets REPLY to a directory with files (each PATH under its name ITEM) and, where the KVM host is
# a VM, disk.ext4 made of them. A PATH is an entry of the cache, or lies in one.
bundle() {
    local name=$1
    shift
    require_image_tools
    cached "$name" "$(printf '%s\n' "$@" | hash_text)" "packing what the KVM host gets" build_bundle "$@"
}

build_bundle() {
    local out=$1 item
    shift
    for item in "$@"; do
        mkdir -p "$(dirname "$out/files/${item%%=*}")"
        cp -al "${item#*=}" "$out/files/${item%%=*}"
    done
    has_arm64_kvm && return 0
    disk_image "$out/files" "$out/disk.ext4"
}

# disk_image DIRECTORY IMAGE: an ext4 image of it for scripts/host-vm.
disk_image() {
    local size
    size=$(du -s -B 1M "$1" | cut -f1)
    # Writes are thrown away with the VM; until then they find some room here.
    mke2fs -q -t ext4 -O ^has_journal -E root_owner=0:0 -d "$1" "$2" "$((size * 5 / 4 + 64))M"
}
