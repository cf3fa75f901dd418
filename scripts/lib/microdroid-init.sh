# shellcheck shell=bash
# The first process of a Microdroid-style guest: src/MicrodroidInit compiled to IL, by ILC to an ARM64 object, linked with BearSSL's SHA-256.

# shellcheck source=scripts/lib/firmware.sh
. "$repository/scripts/lib/firmware.sh"

init_source=$repository/src/MicrodroidInit

# It lies in the initrd, which the firmware hashes at every start, and stays in memory as long as the guest runs.
init_max_size=$((300 * 1024))

# Sets REPLY to a directory with init, a static program for ARM64 Linux.
microdroid_init() {
    local packages
    require_arm64_compiler
    firmware_libraries
    packages=$REPLY
    cached microdroid-init "$({
        cat "$packages"
        runtimeless_inputs "$init_source" "$repository"/src/BootLoader "${BASH_SOURCE[0]}"
    } | hash_text)" "building the guest's first process" build_microdroid_init "$packages"
}

build_microdroid_init() {
    local out=$1 packages=$2 work=$1/work
    mkdir "$work"
    # shellcheck disable=SC2046 # one word a package
    apt_unpack "$(root_of "$packages")" "$work/debian" $(cat "$packages")
    check_digest_context "$work/debian/usr/include"
    compile_runtimeless "$init_source/MicrodroidInit.csproj" "$work"
    link_linux_program "$work" MicrodroidInit "$out/init" "$work/debian/usr/lib/aarch64-linux-gnu/libbearssl.a"
    check_size "$out/init" $init_max_size
    # Who passes it on passes this on with it.
    cat "$work/debian/usr/share/doc/libbearssl-dev/copyright" >"$out/init.copyright"
    rm -rf "$work"
}

# The size in InitDigest.cs is that of the package's header.
check_digest_context() {
    local size
    size=$(sed -nE 's/^ *private const int ContextSize = ([0-9]+);$/\1/p' "$init_source/Platform/InitDigest.cs")
    printf '#include <bearssl.h>\n_Static_assert(sizeof(br_sha256_context) == %s, "br_sha256_context");\n' "$size" |
        aarch64-linux-gnu-gcc -fsyntax-only -I"$1" -x c -
}
