# shellcheck shell=bash
# What scripts/run makes for a protected VM with firmware: a signed guest, and the instance that it is.

# require_image OPTION FILE: fails when the kernel in FILE is not as the firmware starts it (its magic number: Linux, Documentation/arch/arm64/booting.rst).
require_image() {
    [ "$(head -c 60 "$2" | tail -c 4 | tr -d '\0')" = ARMd ] || fail "$1 $2: the firmware starts an uncompressed arm64 Image, and this is none"
}

# sign_this_guest WORK KERNEL KIND PART…: WORK/kernel and WORK/initrd, which is made of the PARTs. The guest is the user's own, and its key need not be
# secret: it shows that host and guest were given the same. Not on the KVM host: an emulated one takes longer.
sign_this_guest() {
    local work=$1 kernel=$2 kind=$3
    shift 3
    mkdir "$work/signed"
    # Linux unpacks cpio archives one after the other.
    cat "$@" >"$work/signed/parts"
    sign_guest "$work/signed" "$kernel" "$work/signed/parts" "$guest_recipe" "$kind"
    mv "$work/signed/kernel" "$work/kernel"
    mv "$work/signed/initrd-$kind" "$work/initrd"
    rm -r "$work/signed"
}

# prepare_instance WORK FILE: WORK/instance.img, the image in FILE (made when missing) or, where FILE is empty, a new one; and around it WORK/disk.img
# with the partition that the firmware looks for. The disk names it relative to itself, so both can be moved.
prepare_instance() {
    local work=$1 file=${2:-$1/instance.img}
    # One MiB is enough for many stages of a guest, and quickly copied to a host and back.
    if [ ! -e "$file" ]; then "${vmm_here[@]}" image create-instance "$file" --size 1048576; fi
    if [ "$file" = "$work/instance.img" ]; then
        :
    elif has_arm64_kvm; then
        ln -s "$(realpath "$file")" "$work/instance.img"
    else
        cp "$file" "$work/instance.img"
    fi
    (cd "$work" && "${vmm_here[@]}" create_composite disk.img vm-instance:instance.img:writable)
}

# copy_device_secret DIRECTORY: this user's device secret, made as vmm makes it. The host VM is a new device at every start, but stands for this one.
copy_device_secret() {
    local place=${XDG_STATE_HOME:-$HOME/.local/state}/vmm
    if [ ! -e "$place/device-secret" ]; then
        (umask 077 && mkdir -p "$place" && head -c 32 /dev/urandom >"$1/device-secret")
        mv -n "$1/device-secret" "$place/device-secret"
    fi
    cp -p "$place/device-secret" "$1/device-secret"
}
