# shellcheck shell=bash
# What guests boot: Debian's stock arm64 kernels and an initramfs of busybox and images/guest/init, or a few instructions (tests/Guests).

# shellcheck source=scripts/lib/apt.sh
. "$repository/scripts/lib/apt.sh"

guest_recipe=$repository/images/guest

# The one of Debian's kernels that boots fastest, as a normal and as a protected VM: it is the smallest.
default_guest_kernel=linux-6.1

# Sets REPLY to a directory with initrd and, for each line of images/guest/kernels, kernels/linux-VERSION and modules/linux-VERSION. Modules and
# tools (below) are archives to append to the initrd.
guest_images() {
    local release arguments busybox kernels=()
    require_image_tools
    guest_busybox
    busybox=$REPLY
    while read -r release arguments; do
        apt_root "$release"
        # shellcheck disable=SC2086 # options and a package
        apt_resolve "$REPLY" 'linux-(image|binary|modules)-[0-9].*' $arguments
        kernels+=("$REPLY")
    done < <(sed '/^#/d' "$guest_recipe/kernels")
    cached guest-images "$({ cat "$busybox" "${kernels[@]}"; hash_files "$guest_recipe" "${BASH_SOURCE[0]}"; } | hash_text)" \
        "building the guest images" build_guest_images "$busybox" "${kernels[@]}"
}

# Sets REPLY to the resolved list of the package with the guest's programs.
guest_busybox() {
    apt_root trixie
    apt_resolve "$REPLY" busybox-static busybox-static
}

# pack_archive DIRECTORY PATH: what is at PATH in DIRECTORY as an archive that Linux unpacks as it starts. The same files give the same bytes,
# whenever and wherever they were made: what is verified must not depend on that.
pack_archive() {
    find "$1/$2" -exec touch -h -d @0 {} +
    (cd "$1" && find "$2" ! -name . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible)
}

# Sets REPLY to a directory with tools (the programs of images/guest/tools) and fio, each with its libraries.
guest_tools() {
    local root tools fio
    require_image_tools
    apt_root trixie
    root=$REPLY
    # What maintainer scripts, Python and logins need stays out.
    # shellcheck disable=SC2046 # one word a package
    apt_resolve "$root" '(lib|gcc-).*|zlib1g|e2fsprogs|iperf3|socat' $(sed '/^#/d' "$guest_recipe/tools")
    tools=$REPLY
    apt_resolve "$root" '(lib|gcc-).*|zlib1g|fio' fio
    fio=$REPLY
    cached guest-tools "$({ cat "$tools" "$fio"; hash_files "$guest_recipe" "${BASH_SOURCE[0]}"; } | hash_text)" \
        "building the guest's tools" build_guest_tools "$root" "$tools" "$fio"
}

build_guest_tools() {
    write_tools "$1/tools" "$1/tree" "$2" "$3"
    write_tools "$1/fio" "$1/tree" "$2" "$4"
}

write_tools() {
    local out=$1 tree=$2 root=$3 packages=$4
    # shellcheck disable=SC2046 # one word a package
    apt_unpack "$root" "$tree" $(grep -Ev '^(libpython|libpam|libsemanage|libsqlite|libdebconf)' "$packages")
    rm -rf "${tree:?}"/usr/share "$tree"/usr/lib/{python3*,systemd,udev,init} "$tree"/usr/lib/*/{gconv,ossl-modules,engines-3}
    # Beside usr the initramfs has its own directories, and links into usr.
    pack_archive "$tree" usr >"$out"
    rm -rf "$tree"
}

build_guest_images() {
    local out=$1 busybox=$2 list version
    shift 2
    mkdir "$out"/{kernels,modules}
    for list in "$@"; do
        version=$(sed -nE 's/^linux-(image|binary)-([0-9]+\.[0-9]+).*/\2/p' "$list" | head -n 1)
        # shellcheck disable=SC2046 # one word a package
        apt_extract_kernel "$(root_of "$list")" "$out/kernels/linux-$version" $(cat "$list")
        write_guest_modules "$out/modules/linux-$version" "$out/modules.tree" "$list"
    done
    build_guest_initrd "$out" "$busybox"
}

# build_guest_initrd OUT LIST: OUT/initrd, of the package in LIST.
build_guest_initrd() {
    local out=$1 busybox=$2 tree=$1/tree
    # shellcheck disable=SC2046 # one word a package
    apt_unpack "$(root_of "$busybox")" "$tree" $(cat "$busybox")
    write_guest_initrd "$tree/usr/bin/busybox" "$out/tree.initrd" >"$out/initrd"
    rm -rf "$tree" "$out/tree.initrd"
}

# write_guest_modules OUT TREE LIST: the modules of images/guest/modules with all they depend on, unpacked, and the tables modprobe reads.
write_guest_modules() {
    local out=$1 tree=$2 list=$3 file modules version name wanted command path
    # shellcheck disable=SC2046 # one word a package
    apt_unpack "$(root_of "$list")" "$tree/all" $(grep -E '^linux-(image|modules)-' "$list")
    modules=$(echo "$tree"/all/usr/lib/modules/*)
    if [ ! -d "$modules/kernel" ]; then
        echo "not one directory of modules is in the packages $(grep -E '^linux-(image|modules)-' "$list" | xargs)"
        return 1
    fi
    version=${modules##*/}
    wanted=$(sed '/^#/d' "$guest_recipe/modules")
    mkdir -p "$tree/some/lib/modules/$version"
    touch "$modules/modules.order" "$modules/modules.builtin"
    depmod -b "${modules%/lib/modules/*}" "$version"
    for name in $wanted; do
        # One that is built into this kernel, or that it does not have, is none to load.
        while read -r command path _; do
            [ "$command" = insmod ] || continue
            file=$tree/some/lib/modules/$version/$(basename "$path" .xz)
            if [ -e "$file" ]; then continue; fi
            case $path in *.xz) xz -dc "$path" >"$file" ;; *) cp "$path" "$file" ;; esac
        done < <(modprobe -d "${modules%/lib/modules/*}" -S "$version" --show-depends "$name" 2>/dev/null)
    done
    touch "$tree/some/lib/modules/$version"/modules.{order,builtin}
    depmod -b "$tree/some" "$version"
    mkdir "$tree/some/usr"
    mv "$tree/some/lib" "$tree/some/usr"
    pack_archive "$tree/some" usr >"$out"
    rm -rf "$tree"
}

# Not compressed: copying two megabytes is quicker than unpacking one.
write_guest_initrd() {
    local busybox=$1 tree=$2 applet
    mkdir -p "$tree"/{dev,proc,sys,tmp,root,mnt,run,etc/vmm,usr/bin,usr/sbin,usr/lib}
    ln -s usr/bin usr/sbin usr/lib "$tree"
    chmod 1777 "$tree/tmp"
    cp "$busybox" "$tree/bin/busybox"
    cp "$guest_recipe/init" "$tree/init"
    for applet in $(busybox_applets "$busybox"); do ln -sf busybox "$tree/bin/$applet"; done
    pack_archive "$tree" .
}

# Sets REPLY to a directory with peer (tests/Peer, for ARM64) and peer.cpio, an archive with it to append to the initrd.
test_peer() {
    cached test-peer "$(hash_files "$repository/tests/Peer" "${BASH_SOURCE[0]}")" "compiling one end of a socket" compile_peer
}

compile_peer() {
    local out=$1
    mkdir -p "$out/usr/bin"
    aarch64-linux-gnu-gcc -O2 -static -Wall -Wextra -Werror -o "$out/usr/bin/peer" "$repository/tests/Peer/peer.c"
    pack_archive "$out" usr/bin/peer >"$out/peer.cpio"
    mv "$out/usr/bin/peer" "$out/peer"
    rm -r "${out:?}/usr"
}

# Sets REPLY to a directory with open-dice.cpio, an archive with tests/OpenDice to append to the initrd.
test_open_dice() {
    cached test-open-dice "$(hash_files "$repository/tests/OpenDice" "${BASH_SOURCE[0]}")" "compiling the reader of secrets" compile_open_dice
}

compile_open_dice() {
    local out=$1
    mkdir -p "$out/usr/bin"
    aarch64-linux-gnu-gcc -O2 -static -Wall -Wextra -Werror -o "$out/usr/bin/open-dice" "$repository/tests/OpenDice/open-dice.c"
    pack_archive "$out" usr >"$out/open-dice.cpio"
    rm -r "${out:?}/usr"
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
