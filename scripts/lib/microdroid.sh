# shellcheck shell=bash
# The Microdroid-style guest: its system image, read-only and verified block by block, of Debian's packages and this tree's programs, and the disk
# images, initrds and kernel around it. The same sources, packages and keys give the same bytes.

# shellcheck source=scripts/lib/verified-images.sh
. "$repository/scripts/lib/verified-images.sh"
# shellcheck source=scripts/lib/microdroid-init.sh
. "$repository/scripts/lib/microdroid-init.sh"
# shellcheck source=scripts/lib/vm-payload.sh
. "$repository/scripts/lib/vm-payload.sh"

microdroid_recipe=$repository/images/microdroid

# The file system's identity: always the same, since its content is what counts.
microdroid_uuid=6d696372-6f64-726f-6964-737973746d00

# Sets REPLY to a directory with microdroid_kernel, microdroid_initrd_normal.img, microdroid_initrd_debuggable.img, microdroid_vbmeta.img,
# microdroid_super.img and, to look into it, system.img.
microdroid_images() {
    local packages kernel key
    require_signing_keys
    require_commands cpio mkfs.erofs:erofs-utils readelf:binutils
    guest_kernel
    kernel=$REPLY
    microdroid_packages
    packages=$REPLY
    microdroid_programs
    key=$({
        echo "${kernel##*/}" "${guest_programs[@]##*/}"
        cat "$packages"
        hash_files "$microdroid_recipe" "$repository/src/BootLoader/Super" "$repository/src/BootLoader/Verity" "${BASH_SOURCE[0]}"
        mkfs.erofs --help 2>&1 | sha256sum
        signing_inputs "$guest_key"
    } | hash_text)
    if [ ! -d "$cache_root/microdroid/$key" ]; then vmm_for_this_machine; fi
    cached microdroid "$key" "building the Microdroid-style images" build_microdroid "$kernel/Image" "$packages" "${guest_programs[@]}"
}

# Sets REPLY to the resolved list of the packages that images/microdroid/packages names. libgcc-s1 and libstdc++6 have their copyright notice in
# gcc-14-base.
microdroid_packages() {
    local names
    names=$(sed -nE 's/^([a-z0-9][^ ]*) .*/\1/p' "$microdroid_recipe/packages" | LC_ALL=C sort -u)
    apt_root trixie
    # shellcheck disable=SC2086 # one word a package
    apt_resolve "$REPLY" "$(paste -s -d '|' <<<"$names" | sed 's/+/\\+/g')|gcc-[0-9]+-base" $names
}

# Sets guest_programs, an array, to the directories with init, with the manager, and with the launcher and its library.
microdroid_programs() {
    local init manager
    microdroid_init
    init=$REPLY
    publish_program "$repository/src/Microdroid/Microdroid.csproj" linux-arm64
    manager=$REPLY
    vm_payload
    guest_programs=("$init" "$manager" "$REPLY")
}

# build_microdroid OUT KERNEL PACKAGES INIT MANAGER PAYLOAD: fills OUT.
build_microdroid() {
    local out=$1 kernel=$2 packages=$3 init=$4 manager=$5 payload=$6 work=$1/work
    mkdir -p "$work"/{root,initrd,bootconfig,signed}
    # shellcheck disable=SC2046 # one word a package
    apt_unpack "$(root_of "$packages")" "$work/debian" $(cat "$packages")
    fill_system "$work/root" "$work/debian" "$manager/microdroid_manager" "$payload"
    make_system_image "$work/root" "$out/system.img"
    make_vbmeta_of "$out/system.img" "$out/microdroid_vbmeta.img" "$work/bootconfig"
    "${vmm_here[@]}" image make-super --output "$out/microdroid_super.img" --metadata-slots 2 --partition system_a:readonly:auto \
        --image "system_a=$out/system.img"
    install -m 755 "$init/init" "$work/initrd/init"
    pack_archive "$work/initrd" init >"$work/initrd.cpio"
    sign_guest "$work/signed" "$kernel" "$work/initrd.cpio" "$work/bootconfig" normal debug
    mv "$work/signed/kernel" "$out/microdroid_kernel"
    mv "$work/signed/initrd-normal" "$out/microdroid_initrd_normal.img"
    mv "$work/signed/initrd-debug" "$out/microdroid_initrd_debuggable.img"
    rm -rf "$work"
}

# fill_system ROOT DEBIAN MANAGER PAYLOAD: the files of the system image.
fill_system() {
    local root=$1 debian=$2 manager=$3 payload=$4 name
    mkdir -p "$root"/{etc,usr/{bin,sbin,lib,share/doc}}
    for name in bin sbin lib; do ln -s "usr/$name" "$root/$name"; done
    while read -r name; do mkdir -p "$root/$name"; done < <(sed '/^#/d' "$microdroid_recipe/mountpoints")
    take_from_packages "$root" "$debian"
    cp "$microdroid_recipe"/{passwd,group} "$root/etc"
    install -m 755 "$manager" "$payload/microdroid_launcher" "$root/usr/bin"
    install -m 644 "$payload/libvm_payload.so" "$root/usr/lib"
    for name in $(busybox_applets "$debian/usr/bin/busybox"); do
        [ -e "$root/usr/bin/$name" ] || [ -e "$root/usr/sbin/$name" ] || ln -s busybox "$root/usr/bin/$name"
    done
    check_libraries "$root"
    chmod -R u=rwX,go=rX "$root"
    find "$root" -exec touch -h -d @0 {} +
}

# take_from_packages ROOT DEBIAN: what images/microdroid/packages keeps, with the copyright notices.
take_from_packages() {
    local root=$1 debian=$2 package patterns pattern file
    while read -r package patterns; do
        mkdir -p "$root/usr/share/doc/$package"
        cp -L "$debian/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
        for pattern in $patterns; do
            if ! compgen -G "$debian/$pattern" >/dev/null; then
                echo "images/microdroid/packages: $package has no $pattern"
                return 1
            fi
            for file in "$debian"/$pattern; do
                file=${file#"$debian/"}
                mkdir -p "$root/$(dirname "$file")"
                cp -a "$debian/$file" "$root/$file"
            done
        done
    done < <(sed '/^#/d; /^$/d' "$microdroid_recipe/packages")
}

# check_libraries ROOT: every library that a program or library there is linked to is there as well.
check_libraries() {
    local root=$1 file needed missing=0
    while read -r file; do
        while read -r needed; do
            if [ ! -e "$root/usr/lib/$needed" ] && [ ! -e "$root/usr/lib/aarch64-linux-gnu/$needed" ]; then
                echo "${file#"$root"} needs $needed, which is not in the system image: add it to images/microdroid/packages"
                missing=1
            fi
        done < <(readelf -dW "$file" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    done < <(find "$root/usr" -type f)
    return $missing
}

# make_system_image ROOT OUT: erofs with a hash tree behind it. Not compressed: with lz4hc it has 60 % of the size, but the guest reads a .NET program in
# it three times as slowly and needs 2 MiB more of memory for that.
make_system_image() {
    mkfs.erofs --quiet -T0 -U "$microdroid_uuid" --all-root -x-1 "$2" "$1"
    "${vmm_here[@]}" image add-hashtree-footer --image "$2" --partition_name system --dynamic_partition_size --salt "$avb_salt" --do_not_generate_fec
}

# make_vbmeta_of SYSTEM OUT BOOTCONFIGS: the vbmeta that vouches for the system image, and the bootconfigs that vouch for it in turn.
make_vbmeta_of() {
    local system=$1 out=$2 bootconfigs=$3 kind
    "${vmm_here[@]}" image make-vbmeta --output "$out" --include_descriptors_from_image "$system" --rollback_index 1 --algorithm SHA256_RSA4096 --key "$guest_key"
    for kind in normal debug; do
        {
            cat "$microdroid_recipe/bootconfig.$kind"
            echo "androidboot.vbmeta.size = $(stat -c %s "$out")"
            echo "androidboot.vbmeta.hash_alg = sha256"
            echo "androidboot.vbmeta.digest = $(sha256sum "$out" | cut -d ' ' -f 1)"
        } >"$bootconfigs/bootconfig.$kind"
    done
    # A partition has whole blocks. What is signed ends before.
    truncate -s %4096 "$out"
}

# Builds the first process and all images once more, from the same sources and the same .NET program, and fails when a byte differs.
check_microdroid_reproducible() {
    local images kernel packages
    microdroid_images
    images=$REPLY
    guest_kernel
    kernel=$REPLY/Image
    microdroid_packages
    packages=$REPLY
    microdroid_programs
    vmm_for_this_machine
    firmware_libraries
    step "building the Microdroid-style images again" compare_with_new_microdroid "$images" "$kernel" "$packages" "$REPLY" "${guest_programs[@]}"
}

compare_with_new_microdroid() {
    local images=$1 kernel=$2 packages=$3 libraries=$4 init=$5 manager=$6 payload=$7 work status=0
    work=$(mktemp -d)
    mkdir "$work"/{init,images}
    build_microdroid_init "$work/init" "$libraries"
    cmp "$init/init" "$work/init/init" || status=$?
    build_microdroid "$work/images" "$kernel" "$packages" "$work/init" "$manager" "$payload"
    diff -r "$images" "$work/images" || status=$?
    rm -rf "$work"
    return $status
}
