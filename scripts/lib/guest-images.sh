# shellcheck shell=bash
# What guests boot: Debian's stock arm64 kernels and an initramfs of busybox and images/guest/init, or a few instructions (tests/Guests).

# shellcheck source=scripts/lib/apt.sh
. "$repository/scripts/lib/apt.sh"

guest_recipe=$repository/images/guest

# Sets REPLY to a directory with initrd and, in kernels, linux-VERSION for each line of images/guest/kernels.
guest_images() {
    local release arguments busybox kernels=()
    require_image_tools
    apt_root trixie
    apt_resolve "$REPLY" busybox-static busybox-static
    busybox=$REPLY
    while read -r release arguments; do
        apt_root "$release"
        # shellcheck disable=SC2086 # options and a package
        apt_resolve "$REPLY" 'linux-(image|binary)-[0-9].*' $arguments
        kernels+=("$REPLY")
    done < <(sed '/^#/d' "$guest_recipe/kernels")
    cached guest-images "$({ cat "$busybox" "${kernels[@]}"; hash_files "$guest_recipe" "${BASH_SOURCE[0]}"; } | hash_text)" \
        "building the guest images" build_guest_images "$busybox" "${kernels[@]}"
}

# The kernel that boots fastest, as a normal and as a protected VM: it is the smallest.
default_guest_kernel() { echo linux-6.1; }

build_guest_images() {
    local out=$1 busybox=$2 list version tree=$1/tree
    shift 2
    mkdir "$out/kernels"
    for list in "$@"; do
        version=$(sed -nE 's/^linux-(image|binary)-([0-9]+\.[0-9]+).*/\2/p' "$list" | head -n 1)
        # shellcheck disable=SC2046 # one word a package
        apt_extract_kernel "$(root_of "$list")" "$out/kernels/linux-$version" $(cat "$list")
    done
    # shellcheck disable=SC2046 # one word a package
    apt_unpack "$(root_of "$busybox")" "$tree" $(cat "$busybox")
    write_guest_initrd "$tree/usr/bin/busybox" "$out/tree.initrd" >"$out/initrd"
    rm -rf "$tree" "$out/tree.initrd"
}

# A resolved list lies in resolved/ of its apt root.
root_of() { dirname "$(dirname "$1")"; }

# Not compressed: copying two megabytes is quicker than unpacking one.
write_guest_initrd() {
    local busybox=$1 tree=$2 applet
    mkdir -p "$tree"/{bin,dev,proc,sys,tmp,root,etc/vmm}
    chmod 1777 "$tree/tmp"
    cp "$busybox" "$tree/bin/busybox"
    cp "$guest_recipe/init" "$tree/init"
    for applet in $(busybox_applets "$busybox"); do ln -sf busybox "$tree/bin/$applet"; done
    (cd "$tree" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}

# Sets REPLY to a directory with the bare guests of tests/Guests.
bare_guests() {
    cached test-guests "$(hash_files "$repository/tests/Guests")" "assembling the bare guests" assemble_bare_guests
}

assemble_bare_guests() { "$repository/tests/Guests/build" "$1"; }

# The names busybox answers to, from the table in the program: it is for another processor, so it cannot be asked.
busybox_applets() {
    local names
    names=$(tr '\0' '\n' <"$1" | sed -n '/^\[\[$/,/^zcat$/p' | grep -E '^[a-z0-9_.-]+$' | grep -vx busybox)
    case $'\n'$names$'\n' in
    *$'\nmount\n'*$'\nsetsid\n'*$'\nstty\n'*) echo "$names" ;;
    *) echo "no table of applets in $1" >&2 && return 1 ;;
    esac
}
