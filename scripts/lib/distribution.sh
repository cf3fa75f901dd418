# shellcheck shell=bash
# All that is installed on a KVM host, in one directory: programs, firmware, the Microdroid-style guest and defaults. Programs find the rest beside
# themselves, or where VMM_HOME says.

# shellcheck source=scripts/lib/microdroid.sh
. "$repository/scripts/lib/microdroid.sh"

service_source=$repository/src/VirtualizationService

# The programs that it is made of or with, for publish_ahead.
distributed_programs=("$repository"/src/{Vm/Vm,VirtualizationService/VirtualizationService,Vmm/Vmm,Microdroid/Microdroid}.csproj:linux-arm64 "$repository/src/Vmm/Vmm.csproj:portable")

# Sets REPLY to a directory with the NuGet package of the VM API, a feed of its own.
virtualization_package() {
    local project=$repository/src/Virtualization/Virtualization.csproj sdk
    sdk=$(require_dotnet)
    cached virtualization-package "$({
        hash_files "$repository"/src/{Virtualization,Kvm.Interop} "$repository/src/Vmm/CommandLine/ClosestName.cs" "$repository"/Directory.* "${BASH_SOURCE[0]}"
        echo "$sdk"
    } | hash_text)" "packing the VM API" pack_library "$project"
}

pack_library() {
    local out=$1 project=$2
    dotnet pack "$project" -c Release -o "$out" --artifacts-path "$out/artifacts" -v quiet
    rm -rf "$out/artifacts"
}

# Sets REPLY to what payloads and programs with VMs are built with outside this tree: include, lib/arm64-v8a/libvm_payload.so and, in nuget, the VM API.
sdk() {
    local payload
    vm_payload_sdk
    payload=$REPLY
    virtualization_package
    cached sdk "$(printf '%s\n' "${payload##*/}" "${REPLY##*/}" | hash_text)" "putting the SDK together" build_sdk "$payload" "$REPLY"
}

build_sdk() {
    local out=$1 payload=$2 package=$3
    cp -al "$payload"/{include,lib} "$out"
    cp -al "$package" "$out/nuget"
}

# Sets REPLY to the directory, for linux-arm64: vm, virtmgr, vmm, pvmfw.img, policy.json, systemd and, below etc, the guest's template microdroid.json,
# its images in fs and the payload EmptyPayload.apk.
distribution() {
    local vm virtmgr vmm firmware guest samples key
    publish_ahead "${distributed_programs[@]}"
    publish_program "$repository/src/Vm/Vm.csproj" linux-arm64
    vm=$REPLY
    publish_program "$service_source/VirtualizationService.csproj" linux-arm64
    virtmgr=$REPLY
    publish_program "$repository/src/Vmm/Vmm.csproj" linux-arm64
    vmm=$REPLY
    signed_firmware
    firmware=$REPLY
    microdroid_images
    guest=$REPLY
    vm_payload_samples
    samples=$REPLY
    key=$({
        printf '%s\n' "${vm##*/}" "${virtmgr##*/}" "${vmm##*/}" "${firmware##*/}" "${guest##*/}" "${samples##*/}"
        hash_files "$service_source"/{systemd,policy.json} "$microdroid_recipe" "$repository"/src/BootLoader/{Apk,Zip} "${BASH_SOURCE[0]}"
    } | hash_text)
    if [ ! -d "$cache_root/distribution/$key" ]; then vmm_for_this_machine; fi
    cached distribution "$key" "putting the installation together" \
        build_distribution "$vm/vm" "$virtmgr/virtmgr" "$vmm/vmm" "$firmware" "$guest" "$samples"
}

build_distribution() {
    local out=$1 vm=$2 virtmgr=$3 vmm=$4 firmware=$5 guest=$6 samples=$7
    mkdir -p "$out/etc/fs" "$out/systemd"
    # Links where the cache can: an installation has 60 MB.
    cp -al "$vm" "$virtmgr" "$vmm" "$firmware"/pvmfw.{img,copyright} "$out"
    # What virtmgr asks for users and groups with; a library for the system's loader is no part of the one file.
    install -m 644 "${virtmgr%/*}/libMonoPosixHelper.so" "$out"
    cp -al "$guest"/microdroid_* "$out/etc/fs"
    cp "$microdroid_recipe/microdroid.json" "$out/etc"
    cp "$service_source/policy.json" "$out"
    cp "$service_source"/systemd/*.{service,socket} "$out/systemd"
    pack_empty_payload "$samples/empty-payload" "$out/etc/EmptyPayload.apk"
}

# pack_empty_payload CONTENT OUT: the payload that vm run-microdroid starts.
pack_empty_payload() {
    "${vmm_here[@]}" image pack-apk "$1" --package com.android.microdroid.empty_payload --key "$guest_key" --output "$2"
}
