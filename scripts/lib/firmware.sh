# shellcheck shell=bash
# The firmware of protected VMs: src/Pvmfw compiled to IL, by ILC to an ARM64 object, linked with Debian's static libraries to a flat image.

# shellcheck source=scripts/lib/apt.sh
. "$repository/scripts/lib/apt.sh"
# shellcheck source=scripts/lib/runtimeless.sh
. "$repository/scripts/lib/runtimeless.sh"

firmware_source=$repository/src/Pvmfw

# More than this has no place in the image's 2 MiB with a good reason.
firmware_max_size=$((256 * 1024))

# Sets REPLY to a directory with pvmfw.bin, pvmfw.elf and pvmfw.map.
firmware() { firmware_of_key "$repository/images/keys/guest.pem"; }

# firmware_of_key KEY: the same with the public half of KEY (an RSA PEM) as what the firmware verifies kernels with.
firmware_of_key() { build_cached_firmware "$1" "" "building the firmware"; }

# The same of tests/Firmware, which checks what the firmware stands on.
firmware_self_check() { build_cached_firmware "$repository/images/keys/guest.pem" "$repository/tests/Firmware" "building the firmware's self-check"; }

# build_cached_firmware KEY ENTRY TITLE: ENTRY is a directory of sources to start with instead of the firmware's own.
build_cached_firmware() {
    local key=$1 entry=$2 title=$3 packages
    require_commands openssl bc
    require_arm64_compiler
    firmware_libraries
    packages=$REPLY
    cached firmware "$({
        cat "$packages"
        runtimeless_inputs "$firmware_source" "$repository"/src/BootLoader "$repository"/src/Virtio/{*.cs,Block/VirtioBlk.cs,Pci/*Registers.cs} \
            "${BASH_SOURCE[0]}"
        if [ -n "$entry" ]; then hash_files "$entry"; fi
        openssl pkey -in "$key" -pubout
    } | hash_text)" "$title" build_firmware "$key" "$entry" "$packages"
}

# Sets REPLY to the resolved list of the packages with the static libraries.
firmware_libraries() {
    apt_root bookworm
    apt_resolve "$REPLY" 'libbearssl-dev|libsodium-dev' libbearssl-dev libsodium-dev
}

build_firmware() {
    local out=$1 key=$2 entry=$3 packages=$4 work=$1/work libraries
    mkdir "$work"
    # shellcheck disable=SC2046 # one word a package
    apt_unpack "$(root_of "$packages")" "$work/debian" $(cat "$packages")
    libraries=$work/debian/usr/lib/aarch64-linux-gnu
    check_context_sizes "$work/debian/usr/include"
    write_avb_public_key "$key" "$work/guest.avbpubkey"
    compile_runtimeless "$firmware_source/Pvmfw.csproj" "$work" "-p:FirmwareEntry=$entry"
    link_firmware "$work" "$libraries" "$out"
    check_firmware "$work" "$out"
    # Who passes the firmware on passes these on with it.
    cat "$work"/debian/usr/share/doc/lib{bearssl,sodium}-dev/copyright >"$out/pvmfw.copyright"
    rm -rf "$work"
}

# The sizes in BearSslContexts.cs are those of the package's headers.
check_context_sizes() {
    {
        echo '#include <bearssl.h>'
        sed -nE 's/^internal unsafe struct (Br\w+)$/\1/p; s/^ *public fixed ulong Words\[([0-9]+) .*/\1/p' \
            "$firmware_source/Platform/Cryptography/BearSslContexts.cs" |
            awk '/^Br/ { name = $0 } /^[0-9]/ { print name, $0 }' |
            while read -r name size; do
                echo "_Static_assert(sizeof($(context_type "$name")) == $size, \"$name\");"
            done
    } | aarch64-linux-gnu-gcc -fsyntax-only -I"$1" -x c -
}

# BrSha256Context is br_sha256_context, BrAesCt64CtrKeys br_aes_ct64_ctr_keys.
context_type() { sed -E 's/([a-z0-9])([A-Z])/\1_\2/g' <<<"$1" | tr '[:upper:]' '[:lower:]'; }

# write_avb_public_key KEY OUT: the key as libavb has it (avb_crypto.h): its bits, -1/n modulo 2^32, the modulus n, 2^(2 bits) modulo n.
write_avb_public_key() {
    local key=$1 out=$2 modulus bits inverse=1 low round
    modulus=$(openssl rsa -in "$key" -noout -modulus 2>/dev/null | sed 's/^Modulus=//')
    bits=$((${#modulus} * 4))
    case $bits in
    2048 | 4096) ;;
    *)
        echo "$key: not an RSA key of 2048 or 4096 bits"
        return 1
        ;;
    esac
    # By Newton's method each round doubles the bits that are right.
    low=$((16#${modulus: -8}))
    for round in 1 2 3 4 5 6; do inverse=$((inverse * (2 - low * inverse & 0xffffffff) & 0xffffffff)); done
    {
        printf '%08X%08X%s' "$bits" "$((-inverse & 0xffffffff))" "$modulus"
        BC_LINE_LENGTH=0 bc <<<"ibase=16; obase=10; n=$modulus; ibase=A; 2^$((bits * 2)) % n" |
            awk -v digits="${#modulus}" '{ while (length($0) < digits) $0 = "0" $0; printf "%s", $0 }'
    } | basenc --base16 --decode >"$out"
    [ "$(stat -c %s "$out")" -eq $((8 + bits / 4)) ]
}

link_firmware() {
    local work=$1 libraries=$2 out=$3 native=$firmware_source/Platform/Native
    assemble "$work" "$native"/*.S
    aarch64-linux-gnu-gcc -E -P -x c -I"$native" "$native/firmware.ld" -o "$work/firmware.ld"
    # What the language or a library needs and the firmware lacks is an undefined symbol here, and a section without a place is an error.
    aarch64-linux-gnu-ld --no-dynamic-linker -static -T "$work/firmware.ld" --gc-sections --orphan-handling=error -z noexecstack \
        -z max-page-size=4096 --build-id=none -Map "$out/pvmfw.map" --cref -o "$out/pvmfw.elf" \
        "$work"/start.o "$work"/{embedded-key,Pvmfw,sha256}.o "$libraries/libbearssl.a" "$libraries/libsodium.a"
    aarch64-linux-gnu-objcopy -O binary "$out/pvmfw.elf" "$out/pvmfw.bin"
}

# What would go wrong at run time without a word.
check_firmware() {
    local work=$1 out=$2
    check_no_relocations "$out/pvmfw.elf"
    if aarch64-linux-gnu-readelf -lW "$out/pvmfw.elf" | grep -w TLS ||
        aarch64-linux-gnu-objdump -d "$out/pvmfw.elf" | grep -E '\s(svc\s|mrs\s.*tpidr|msr\s.*tpidr)'; then
        echo "this needs an operating system"
        return 1
    fi
    sed -n '/^Archive member/,/^Discarded/p' "$out/pvmfw.map" | grep -oE '^/?[^ ]*lib(bearssl|sodium)\.a\([^)]*\)' | sed 's|.*/||' |
        LC_ALL=C sort -u >"$work/library-members.txt"
    if LC_ALL=C comm -13 "$firmware_source/Platform/Native/library-members.txt" "$work/library-members.txt" | grep .; then
        echo "these library members are new in the firmware: review what they bring, then add them to library-members.txt"
        return 1
    fi
    check_size "$out/pvmfw.bin" $firmware_max_size
}
