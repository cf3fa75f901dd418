# shellcheck shell=bash
# What is verified at boot: the firmware of protected VMs, signed, and a guest's kernel, signed together with its initrds. The same sources and keys
# give the same bytes: RSA signatures of AVB have no randomness, and the salts are fixed.

# shellcheck source=scripts/lib/dotnet.sh
. "$repository/scripts/lib/dotnet.sh"
# shellcheck source=scripts/lib/firmware.sh
. "$repository/scripts/lib/firmware.sh"
# shellcheck source=scripts/lib/guest-images.sh
. "$repository/scripts/lib/guest-images.sh"
# shellcheck source=scripts/lib/guest-kernel.sh
. "$repository/scripts/lib/guest-kernel.sh"

# The keys that sign (RSA-4096, PEM). The firmware has the public half of the guest's inside, so that one goes with the other.
firmware_key=${VMM_FIRMWARE_KEY:-$repository/images/keys/firmware.pem}
guest_key=${VMM_GUEST_KEY:-$repository/images/keys/guest.pem}

# avbtool takes a random salt so that equal images of different devices differ; nothing hides behind that here.
avb_salt=00

# Sets vmm_here, an array: the command vmm of this tree on this machine, which signs.
vmm_for_this_machine() {
    publish_program "$repository/src/Vmm/Vmm.csproj" portable
    vmm_here=(dotnet "$REPLY/vmm.dll")
}

require_signing_keys() {
    local item
    require_commands openssl
    for item in "VMM_FIRMWARE_KEY=$firmware_key" "VMM_GUEST_KEY=$guest_key"; do
        # -modulus is only there for RSA keys.
        [ "$(openssl rsa -in "${item#*=}" -passin pass: -noout -modulus 2>/dev/null | wc -c)" -eq $((9 + 1024)) ] ||
            fail "${item%%=*}: ${item#*=} is no RSA key of 4096 bits in an unencrypted PEM file: openssl genrsa -out KEY.pem 4096 makes one"
    done
}

# Sets REPLY to a directory with the keys of images/keys.
signing_keys() { cached signing-keys "$(hash_files "$repository/images/keys")" "copying the keys" copy_signing_keys; }
copy_signing_keys() { cp "$repository"/images/keys/*.{pem,avbpubkey} "$1"; }

# What went into a signature besides the image: who signed, and the code that did.
signing_inputs() {
    hash_files "$repository"/src/BootLoader/{AndroidBoot,Avb,Cryptography} "$repository/src/Vmm/CommandLine/Image" "${BASH_SOURCE[0]}"
    openssl pkey -in "$1" -pubout
}

# Sets REPLY to a directory with pvmfw.img and pvmfw.avbpubkey, the key that vmm must trust to start it.
signed_firmware() {
    local built key
    require_signing_keys
    firmware_of_key "$guest_key"
    built=$REPLY
    key=$({ echo "${built##*/}"; signing_inputs "$firmware_key"; } | hash_text)
    if [ ! -d "$cache_root/signed-firmware/$key" ]; then vmm_for_this_machine; fi
    cached signed-firmware "$key" "signing the firmware" sign_firmware "$built/pvmfw.bin"
}

sign_firmware() {
    local out=$1 program=$2
    install -m 644 "$program" "$out/pvmfw.img"
    install -m 644 "${program%/*}/pvmfw.copyright" "$out"
    "${vmm_here[@]}" image add-hash-footer --image "$out/pvmfw.img" --partition_name pvmfw --dynamic_partition_size --salt "$avb_salt" \
        --algorithm SHA256_RSA4096 --key "$firmware_key"
    "${vmm_here[@]}" image extract-public-key --key "$firmware_key" --output "$out/pvmfw.avbpubkey"
}

# Sets REPLY to a directory with kernel, initrd-normal and initrd-debug: the guest kernel with the initrd of guest_images.
verified_guest() {
    local images kernel key
    require_signing_keys
    guest_images
    images=$REPLY
    guest_kernel
    kernel=$REPLY
    key=$({ echo "${images##*/}" "${kernel##*/}"; hash_files "$guest_recipe"; signing_inputs "$guest_key"; } | hash_text)
    if [ ! -d "$cache_root/verified-guest/$key" ]; then vmm_for_this_machine; fi
    cached verified-guest "$key" "signing the guest" sign_guest "$kernel/Image" "$images/initrd" "$guest_recipe" normal debug
}

# sign_guest OUT KERNEL INITRD BOOTCONFIGS KIND…: fills OUT with kernel and, for each KIND, initrd-KIND. The guest is debuggable with the initrd of the
# kind debug, and not with that of the kind normal, which is in the bootconfig that each ends with: BOOTCONFIGS/bootconfig.KIND.
sign_guest() {
    local out=$1 kernel=$2 initrd=$3 bootconfigs=$4 kind signed=()
    shift 4
    for kind in "$@"; do
        "${vmm_here[@]}" image add-bootconfig --initrd "$initrd" --bootconfig "$bootconfigs/bootconfig.$kind" --output "$out/initrd-$kind"
        "${vmm_here[@]}" image add-hash-footer --image "$out/initrd-$kind" --partition_name "initrd_$kind" --dynamic_partition_size --salt "$avb_salt" \
            --do_not_append_vbmeta_image --output_vbmeta_image "$out/initrd-$kind.vbmeta"
        signed+=(--include_descriptors_from_image "$out/initrd-$kind.vbmeta")
    done
    install -m 644 "$kernel" "$out/kernel"
    "${vmm_here[@]}" image add-hash-footer --image "$out/kernel" --partition_name boot --dynamic_partition_size --salt "$avb_salt" --rollback_index 1 \
        "${signed[@]}" --algorithm SHA256_RSA4096 --key "$guest_key"
    rm "$out"/*.vbmeta
}

# Builds and signs everything but the kernel once more, from the same sources, and fails when a byte differs. (The kernel's build takes minutes; its
# recipe keeps machine, user and time out of it.)
check_reproducible() {
    local firmware guest kernel busybox libraries
    signed_firmware
    firmware=$REPLY
    verified_guest
    guest=$REPLY
    guest_kernel
    kernel=$REPLY/Image
    guest_busybox
    busybox=$REPLY
    firmware_libraries
    libraries=$REPLY
    vmm_for_this_machine
    step "building what is verified at boot again" compare_with_new_images "$firmware" "$guest" "$kernel" "$busybox" "$libraries"
}

compare_with_new_images() {
    local firmware=$1 guest=$2 kernel=$3 busybox=$4 libraries=$5 work status=0
    work=$(mktemp -d)
    mkdir "$work"/{program,initrd,firmware,guest}
    build_firmware "$work/program" "$guest_key" "" "$libraries"
    sign_firmware "$work/firmware" "$work/program/pvmfw.bin"
    build_guest_initrd "$work/initrd" "$busybox"
    sign_guest "$work/guest" "$kernel" "$work/initrd/initrd" "$guest_recipe" normal debug
    { diff -r "$firmware" "$work/firmware" && diff -r "$guest" "$work/guest"; } || status=$?
    rm -rf "$work"
    return $status
}
