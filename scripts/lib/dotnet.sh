# shellcheck shell=bash
# Building .NET programs for linux-arm64: with Microsoft's runtime packs where the configured NuGet feed has them,
# otherwise with packs assembled on this machine (lib/dotnet-feed/README.md).

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# No compiler or build server stays behind when a script has ended.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false

# With a terminal at hand dotnet would switch its modes.
dotnet() { TERM=dumb command dotnet "$@" </dev/null; }

# The framework version of the assembled packs: the one whose parts were verified to fit each other.
assembled_framework=10.0.12

require_dotnet() {
    local version
    version=$(dotnet --version 2>/dev/null) || fail "the .NET 10 SDK is needed and there is no dotnet on the PATH: install it, then run this again"
    [ "${version%%.*}" -ge 10 ] || fail "the .NET 10 SDK is needed, this is $version: install it, then run this again"
    echo "$version"
}

# publish_program PROJECT RID ARGUMENT…: sets REPLY to a directory with the published program. One trimmed file compiled
# ahead of time, or whatever ARGUMENT… asks for; built again only when a source or the SDK changed. With the RID portable it is
# an assembly for this machine's .NET runtime instead, which needs no runtime pack.
publish_program() {
    local project=$1 rid=$2 name sdk key how='' form=(--self-contained -p:PublishSingleFile=true -p:PublishTrimmed=true -p:PublishReadyToRun=true)
    shift 2
    sdk=$(require_dotnet)
    name=$(basename "$project" .csproj)
    case " $* " in *" -p:PublishAot=true "*) form=() ;; esac
    if [ "$rid" = portable ]; then form=(--no-self-contained -p:UseAppHost=false); fi
    if [ "$rid" = linux-arm64 ] && ! has_official_packs "$sdk"; then
        if [ ${#form[@]} -eq 0 ]; then fail "-p:PublishAot=true: the configured NuGet feed has no linux-arm64 runtime packs, and only those can do it"; fi
        if [ "$(uname -m)" = aarch64 ]; then
            form=(--no-self-contained -p:PublishSingleFile=true)
            how="for this machine's .NET runtime"
        else
            assembled_feed
            form+=("-p:AssembledFeed=$REPLY")
            how="with runtime packs assembled on this machine (scripts/lib/dotnet-feed/README.md)"
        fi
    fi
    key=$({
        hash_files "$(dirname "$project")" "$repository"/src "$repository"/images/keys "$repository"/Directory.* "${BASH_SOURCE[0]}"
        echo "$name" "$sdk" "$rid" "${form[@]}" "$@"
    } | hash_text)
    if [ -n "$how" ] && [ ! -d "$cache_root/publish/$key" ]; then note "the configured NuGet feed has no linux-arm64 runtime packs: publishing $name $how"; fi
    cached publish "$key" "publishing $name for ${rid/#portable/this machine}" run_publish "$project" "$rid" "${form[@]}" "$@"
}

# publish_ahead PROJECT:RID…: publishes several programs at the same time, so that publish_program finds them. A publish uses one
# processor for most of its time.
publish_ahead() {
    has_official_packs "$(require_dotnet)" || [ "$(uname -m)" = aarch64 ] || assembled_feed
    step "publishing $# programs" publish_at_once "$@"
}

publish_at_once() {
    local program jobs=()
    for program in "$@"; do
        (publish_program "${program%:*}" "${program##*:}") &
        jobs+=($!)
        if [ ${#jobs[@]} -ge "$(($(nproc) + 1))" ]; then
            wait "${jobs[0]}"
            jobs=("${jobs[@]:1}")
        fi
    done
    for program in "${jobs[@]}"; do wait "$program"; done
}

# Intermediate files stay out of the tree, where builds for this machine have theirs, and are not used again: a source
# with an old date would not be compiled.
run_publish() {
    local out=$1 project=$2 rid=$3
    shift 3
    if [ "$rid" != portable ]; then set -- -r "$rid" "$@"; fi
    # The build of the whole tree analyses it.
    dotnet publish "$project" -c Release -o "$out" --artifacts-path "$out/artifacts" -v quiet -p:RunAnalyzers=false "$@"
    find "$out" \( -name '*.pdb' -o -name '*.xml' \) -delete
    rm -rf "$out/artifacts"
}

# Whether the configured feed has Microsoft's packs for this SDK. The answer is good for a day.
has_official_packs() {
    local sdk=$1 answer
    answer=$cache_root/official-packs-$sdk-$(dotnet nuget list source --format short | hash_text)
    if [ -z "$(find "$answer" -mmin -1440 2>/dev/null)" ]; then
        mkdir -p "$cache_root"
        step "asking the NuGet feed for linux-arm64 runtime packs" ask_for_official_packs "$answer"
    fi
    [ "$(cat "$answer")" = yes ]
}

ask_for_official_packs() {
    local answer=$1 probe version
    probe=$(mktemp -d)
    write_package_list "$probe/probe.csproj"
    version=$(dotnet msbuild "$probe/probe.csproj" -getProperty:BundledNETCoreAppPackageVersion)
    write_package_list "$probe/probe.csproj" "Microsoft.NETCore.App.Runtime.linux-arm64" "Microsoft.NETCore.App.Host.linux-arm64" "$version"
    if dotnet restore "$probe/probe.csproj" -v quiet; then echo yes >"$answer"; else echo no >"$answer"; fi
    rm -rf "$probe"
}

# write_package_list FILE [ID… VERSION]: a project whose restore fetches these packages and nothing else.
write_package_list() {
    local file=$1 id
    shift
    {
        echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup><ItemGroup>'
        if [ $# -gt 0 ]; then
            for id in "${@:1:$#-1}"; do echo "<PackageDownload Include=\"$id\" Version=\"[${!#}]\" />"; done
        fi
        echo '</ItemGroup></Project>'
    } >"$file"
}

# Sets REPLY to a folder that is a NuGet feed with the two assembled packages, and has assembled.targets to use them.
assembled_feed() {
    local tool=$repository/scripts/lib/dotnet-feed key
    key=$({ hash_files "$tool"/*.{cs,csproj,targets,sha256}; echo "$assembled_framework"; } | hash_text)
    if [ ! -d "$cache_root/dotnet-feed/$key" ]; then require_commands npm; fi
    cached dotnet-feed "$key" "assembling the linux-arm64 runtime packs" assemble_feed "$tool" "$assembled_framework-assembled.$key"
}

assemble_feed() {
    local out=$1 tool=$2 version=$3 work=$1/work packages
    mkdir -p "$work"
    (cd "$work" && npm pack --silent @azure/mcp-linux-arm64@2.0.5 && sha256sum --check --quiet "$tool/source.sha256" && tar -x -z -f ./*.tgz)
    write_package_list "$work/inputs.csproj" Microsoft.NETCore.App.Runtime.linux-x64 "$assembled_framework"
    dotnet restore "$work/inputs.csproj" -v quiet
    packages=$(dotnet nuget locals global-packages --list --force-english-output | sed 's/^global-packages: //')
    dotnet build "$tool/DotnetFeed.csproj" -c Release -o "$work/bin" --artifacts-path "$work/artifacts" -v quiet
    dotnet "$work/bin/dotnet-feed.dll" "${packages%/}/microsoft.netcore.app.runtime.linux-x64/$assembled_framework" \
        "$work/package/dist/azmcp" "$version" "$out"
    echo "$version" >"$out/version"
    cp "$tool/assembled.targets" "$out"
    rm -rf "$work"
}
