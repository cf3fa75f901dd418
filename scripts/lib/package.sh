# shellcheck shell=bash
# The NuGet package Virtualization, as those use it who do not have this tree.

# The samples compile against the package, restored from a folder, as they do against the project.
check_package() {
    local work sample
    work=$(mktemp -d)
    dotnet pack "$repository/src/Virtualization/Virtualization.csproj" -c Release -o "$work/feed" --artifacts-path "$work/artifacts" -v quiet
    for sample in host-program dotnet-payload; do
        mkdir "$work/$sample"
        cp "$repository/samples/$sample"/*.cs "$work/$sample"
        write_package_user "$work/$sample/$sample.csproj" "$work"
        dotnet build "$work/$sample" -v quiet
    done
    rm -rf "$work"
}

# write_package_user FILE WORK: a project that uses the package in WORK/feed. It is kept apart from the user's packages, among which an older one of
# the same version may be.
write_package_user() {
    cat >"$1" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <RestoreAdditionalProjectSources>$2/feed</RestoreAdditionalProjectSources>
    <RestorePackagesPath>$2/packages</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Virtualization" Version="*" />
  </ItemGroup>
</Project>
END
}
