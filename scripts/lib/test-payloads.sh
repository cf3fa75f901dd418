# shellcheck shell=bash
# What the tests of the Microdroid-style guest run in it: the samples and tests/Payloads, as signed APKs, and an APEX.

# shellcheck source=scripts/lib/distribution.sh
. "$repository/scripts/lib/distribution.sh"

test_payloads_source=$repository/tests/Payloads

# Sets REPLY to a directory with c-payload.apk, c-payload-2.apk (the same application with another content), c-payload-other.apk (signed by another key),
# executable-payload.apk, dotnet-payload.apk, inspect.apk, extra.apk and com.example.test.apex.
test_payloads() {
    local samples dotnet key
    require_commands mkfs.erofs:erofs-utils aarch64-linux-gnu-strip:binutils-aarch64-linux-gnu openssl
    vm_payload_samples
    samples=$REPLY
    publish_program "$repository/samples/dotnet-payload/dotnet-payload.csproj" linux-arm64
    dotnet=$REPLY
    key=$({
        printf '%s\n' "${samples##*/}" "${dotnet##*/}"
        hash_files "$test_payloads_source" "$repository"/src/BootLoader/{Apk,Apex,Zip} "${BASH_SOURCE[0]}"
        signing_inputs "$guest_key"
    } | hash_text)
    if [ ! -d "$cache_root/test-payloads/$key" ]; then vmm_for_this_machine; fi
    cached test-payloads "$key" "packing the payloads of tests" build_test_payloads "$samples" "$dotnet/dotnet-payload"
}

build_test_payloads() {
    local out=$1 samples=$2 dotnet=$3 work=$1/work
    mkdir "$work"
    pack_test_apk "$samples/c-payload" "$out/c-payload.apk" com.example.c "$guest_key"
    cp -r "$samples/c-payload" "$work/changed"
    echo 'another content' >"$work/changed/note.txt"
    pack_test_apk "$work/changed" "$out/c-payload-2.apk" com.example.c "$guest_key" --version-code 2
    openssl genrsa -out "$work/other.pem" 2048
    pack_test_apk "$samples/c-payload" "$out/c-payload-other.apk" com.example.c "$work/other.pem"
    cp -r "$samples/executable-payload" "$work/executable"
    mkdir "$work/executable/assets"
    sed 's,dotnet-payload,executable-payload,' "$test_payloads_source/dotnet-payload/assets/vm_config.json" >"$work/executable/assets/vm_config.json"
    pack_test_apk "$work/executable" "$out/executable-payload.apk" com.example.executable "$guest_key"
    cp -r "$test_payloads_source/dotnet-payload" "$work/dotnet"
    install -D -m 755 "$dotnet" "$work/dotnet/lib/arm64-v8a/dotnet-payload"
    pack_test_apk "$work/dotnet" "$out/dotnet-payload.apk" com.example.dotnet "$guest_key"
    pack_test_apk "$test_payloads_source/inspect" "$out/inspect.apk" com.example.inspect "$guest_key"
    pack_test_apk "$test_payloads_source/extra" "$out/extra.apk" com.example.extra "$guest_key"
    mkfs.erofs --quiet -T0 -U "$microdroid_uuid" --all-root -x-1 "$work/module.img" "$test_payloads_source/module"
    "${vmm_here[@]}" image add-hashtree-footer --image "$work/module.img" --partition_name module --dynamic_partition_size --salt "$avb_salt" \
        --do_not_generate_fec --algorithm SHA256_RSA4096 --key "$guest_key"
    "${vmm_here[@]}" image pack-apex "$work/module.img" --name com.example.test --output "$out/com.example.test.apex"
    rm -rf "$work"
}

# pack_test_apk CONTENT OUT PACKAGE KEY OPTION…
pack_test_apk() {
    local content=$1 out=$2 package=$3 key=$4
    shift 4
    "${vmm_here[@]}" image pack-apk "$content" --output "$out" --package "$package" --key "$key" "$@"
}
