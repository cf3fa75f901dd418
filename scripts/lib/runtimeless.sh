# shellcheck shell=bash
# C# without a runtime: IL against src/CoreLibrary, by ILC to an ARM64 object, linked to what has to run with nothing below it, with Linux alone, or
# with a libc.

# shellcheck source=scripts/lib/dotnet.sh
. "$repository/scripts/lib/dotnet.sh"

core_library=$repository/src/CoreLibrary

# The ahead-of-time compiler's version: the one the core library was written for.
ilc_version=10.0.14

# runtimeless_inputs PATH…: prints what such a program depends on: these sources, the core library and the tools. Needs require_arm64_compiler.
runtimeless_inputs() {
    local sdk
    sdk=$(require_dotnet)
    hash_files "$@" "$core_library" "$repository"/Directory.* "$repository/.editorconfig" "${BASH_SOURCE[0]}"
    echo "$sdk" "$ilc_version"
}

# compile_runtimeless PROJECT WORK ARGUMENT…: compiles to WORK/NAME.o, where NAME is the project's; ARGUMENT… go to the build.
compile_runtimeless() {
    local project=$1 work=$2 name
    shift 2
    name=$(basename "$project" .csproj)
    dotnet build "$project" -c Release -o "$work/il" --artifacts-path "$work/artifacts" -v quiet "$@"
    find_ilc "$work"
    "$REPLY" "$work/il/$name.dll" -o "$work/$name.o" --systemmodule "$name" --targetarch arm64 --targetos linux -O --nativelib
    if aarch64-linux-gnu-nm "$work/$name.o" | grep '___cctor$'; then
        echo "these types have static initialisers that were not evaluated when compiling; nothing would run them"
        return 1
    fi
}

# Sets REPLY to the compiler for this machine, from the configured NuGet feed.
find_ilc() {
    local work=$1 architecture=x64 id packages
    if [ "$(uname -m)" = aarch64 ]; then architecture=arm64; fi
    id=runtime.linux-$architecture.Microsoft.DotNet.ILCompiler
    write_package_list "$work/ilc.csproj" "$id" "$ilc_version"
    dotnet restore "$work/ilc.csproj" -v quiet
    packages=$(dotnet nuget locals global-packages --list --force-english-output | sed 's/^global-packages: //')
    REPLY=${packages%/}/${id,,}/$ilc_version/tools/ilc
}

# assemble WORK SOURCE…: WORK/NAME.o of each NAME.S. A source includes what lies beside it and, by .incbin, what lies in WORK.
assemble() {
    local work=$1 source
    shift
    for source in "$@"; do
        (cd "$work" && aarch64-linux-gnu-gcc -c -I"$(dirname "$source")" "$source" -o "$(basename "$source" .S).o")
    done
}

# link_linux_program WORK NAME OUT OBJECT…: the static program OUT of WORK/NAME.o, which exports program_main. Linked to a fixed place: nothing is
# left to relocate, and what the language or a library needs and the program lacks is an undefined symbol here.
link_linux_program() {
    local work=$1 name=$2 out=$3 native=$core_library/Linux/Native
    shift 3
    assemble "$work" "$native"/{start,system-call,runtime}.S
    aarch64-linux-gnu-ld -static --no-dynamic-linker --gc-sections -z noexecstack -z max-page-size=65536 --build-id=none -Map "$out.map" \
        -o "$out" "$work"/{start,system-call,runtime}.o "$work/$name.o" "$@"
    aarch64-linux-gnu-strip --strip-all "$out"
    check_static_program "$out"
}

# link_libc_program WORK NAME OUT ARGUMENT…: the program OUT of WORK/NAME.o, which exports main, with libc; ARGUMENT… go to gcc.
link_libc_program() {
    local work=$1 name=$2 out=$3 native=$core_library/Linux/Native
    shift 3
    assemble "$work" "$native"/{load,system-call,runtime}.S
    aarch64-linux-gnu-gcc -pie -Wl,--gc-sections,-z,noexecstack,-z,text,-z,defs,-z,relro,-z,now,--build-id=none,-Map,"$out.map" \
        -o "$out" "$work"/{load,system-call,runtime}.o "$work/$name.o" "$@"
    aarch64-linux-gnu-strip --strip-all "$out"
    check_segments "$out"
}

# link_libc_library WORK NAME OUT EXPORTS ARGUMENT…: the shared object OUT of WORK/NAME.o; others see the functions that EXPORTS, a version script,
# names, and nothing else.
link_libc_library() {
    local work=$1 name=$2 out=$3 exports=$4 native=$core_library/Linux/Native
    shift 4
    assemble "$work" "$native"/{load,system-call,runtime}.S
    aarch64-linux-gnu-gcc -shared -Wl,--gc-sections,-z,noexecstack,-z,text,-z,defs,-z,relro,-z,now,--build-id=none,-Map,"$out.map" \
        -Wl,--version-script="$exports",-soname="$(basename "$out")" -o "$out" "$work"/{load,system-call,runtime}.o "$work/$name.o" "$@"
    aarch64-linux-gnu-strip --strip-unneeded "$out"
    check_segments "$out"
}

check_static_program() {
    local program=$1
    check_no_relocations "$program"
    check_segments "$program"
    if ! aarch64-linux-gnu-readelf -hW "$program" | grep -q 'Type:  *EXEC' || ! aarch64-linux-gnu-readelf -hW "$program" | grep -q 'Machine:  *AArch64' ||
        aarch64-linux-gnu-readelf -lW "$program" | grep -wE 'INTERP|DYNAMIC|TLS'; then
        echo "$program: no static program for ARM64"
        return 1
    fi
}

# What nothing would apply at run time.
check_no_relocations() {
    if aarch64-linux-gnu-readelf -rW "$1" | grep R_AARCH64; then
        echo "$1: these relocations are left, and nothing would apply them"
        return 1
    fi
}

# No memory is written and executed.
check_segments() {
    if aarch64-linux-gnu-readelf -lW "$1" | grep -E '^ +(LOAD|GNU_STACK) .* RWE '; then
        echo "$1: this can be written and executed"
        return 1
    fi
}

# check_size FILE LIMIT: says how many bytes it has.
check_size() {
    local size
    size=$(stat -c %s "$1")
    echo "$(basename "$1") has $size bytes"
    [ "$size" -le "$2" ] || {
        echo "that is more than $2"
        return 1
    }
}
