# shellcheck shell=bash
# What payloads stand on: libvm_payload.so, microdroid_launcher, and C payloads compiled against the library and its headers.

# shellcheck source=scripts/lib/runtimeless.sh
. "$repository/scripts/lib/runtimeless.sh"

vm_payload_source=$repository/src/VmPayload
microdroid_launcher_source=$repository/src/MicrodroidLauncher

# More than this would be a surprise.
vm_payload_max_size=$((200 * 1024))

# Sets REPLY to a directory with libvm_payload.so and microdroid_launcher, for ARM64 and glibc.
vm_payload() {
    require_arm64_compiler
    cached vm-payload "$(
        runtimeless_inputs "$vm_payload_source" "$microdroid_launcher_source" \
            "$repository"/src/Virtualization/Binder/{ExceptionCode,StatusCode,TransactionFlags,RpcWire,Stability,MetaTransaction}.cs "${BASH_SOURCE[0]}" | hash_text
    )" "building the payload library and its launcher" build_vm_payload
}

build_vm_payload() {
    local out=$1 work=$1/work
    mkdir "$work"
    compile_runtimeless "$vm_payload_source/VmPayload.csproj" "$work"
    write_version_script "$vm_payload_source/exports.txt" "$work/exports.map"
    link_libc_library "$work" VmPayload "$out/libvm_payload.so" "$work/exports.map"
    check_exports "$out/libvm_payload.so" "$vm_payload_source/exports.txt"
    check_needs_libc_alone "$out/libvm_payload.so"
    check_size "$out/libvm_payload.so" $vm_payload_max_size
    compile_runtimeless "$microdroid_launcher_source/MicrodroidLauncher.csproj" "$work"
    link_libc_program "$work" MicrodroidLauncher "$out/microdroid_launcher"
    check_needs_libc_alone "$out/microdroid_launcher"
    rm -rf "$work" "$out"/*.map
}

# write_version_script LIST OUT: a linker's version script that exports the functions of LIST, one a line.
write_version_script() {
    {
        echo '{ global:'
        sed 's/$/;/' "$1"
        echo 'local: *; };'
    } >"$2"
}

# check_exports LIBRARY LIST: it exports what LIST says, all of it and nothing else.
check_exports() {
    if ! aarch64-linux-gnu-nm -D --defined-only "$1" | awk '{ print $3 }' | LC_ALL=C sort | diff "$2" -; then
        echo "$1 does not export what $2 says (< is missing, > is not listed)"
        return 1
    fi
}

# In the guest there is no other library for these.
check_needs_libc_alone() {
    local needed
    needed=$(aarch64-linux-gnu-readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    [ "$needed" = libc.so.6 ] || {
        echo "$1 needs other libraries than libc: ${needed//$'\n'/ }"
        return 1
    }
}

# Sets REPLY to a directory with what C payloads are compiled against, anywhere: include, and lib/arm64-v8a/libvm_payload.so.
vm_payload_sdk() {
    local library
    vm_payload
    library=$REPLY
    cached vm-payload-sdk "$({
        hash_files "$vm_payload_source/include"
        basename "$library"
    } | hash_text)" "putting the payloads' headers and library together" build_vm_payload_sdk "$library"
}

build_vm_payload_sdk() {
    local out=$1 library=$2
    install -D -m 644 "$library/libvm_payload.so" "$out/lib/arm64-v8a/libvm_payload.so"
    cp -r "$vm_payload_source/include" "$out"
}

# Sets REPLY to a directory with the C samples: lib/arm64-v8a/NAME.so or the executable NAME, each under the sample's name.
vm_payload_samples() {
    local sdk
    vm_payload_sdk
    sdk=$REPLY
    cached vm-payload-samples "$({
        hash_files "$repository"/samples/{empty-payload,c-payload,executable-payload} "${BASH_SOURCE[0]}"
        basename "$sdk"
        aarch64-linux-gnu-gcc --version
    } | hash_text)" "compiling the sample payloads" build_vm_payload_samples "$sdk"
}

build_vm_payload_samples() {
    local out=$1 sdk=$2
    compile_c_payload "$sdk" "$out/empty-payload/lib/arm64-v8a/MicrodroidEmptyPayloadJniLib.so" "$repository"/samples/empty-payload/*.c
    compile_c_payload "$sdk" "$out/c-payload/lib/arm64-v8a/c-payload.so" "$repository"/samples/c-payload/*.c
    compile_c_executable "$sdk" "$out/executable-payload/lib/arm64-v8a/executable-payload" "$repository"/samples/executable-payload/*.c
}

# compile_c_payload SDK OUT SOURCE…: a shared object with AVmPayload_main. SDK is what vm_payload_sdk has replied.
compile_c_payload() {
    compile_c "$@" -shared -fPIC
    if ! aarch64-linux-gnu-nm -D --defined-only "$2" | grep -qw AVmPayload_main; then
        echo "$2 does not export AVmPayload_main (vm_main.h)"
        return 1
    fi
}

# compile_c_executable SDK OUT SOURCE…: a program with main.
compile_c_executable() { compile_c "$@" -pie -fPIE; }

compile_c() {
    local sdk=$1 out=$2
    shift 2
    mkdir -p "$(dirname "$out")"
    aarch64-linux-gnu-gcc -std=gnu17 -O2 -Wall -Wextra -Werror -I"$sdk/include" -Wl,-z,defs,-z,relro,-z,now,--build-id=none -o "$out" "$@" \
        -L"$sdk/lib/arm64-v8a" -lvm_payload
    aarch64-linux-gnu-strip --strip-unneeded "$out"
}
