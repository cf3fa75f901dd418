using DotnetFeed;

if (args.Length != 4)
{
    Console.Error.WriteLine(
        """
        dotnet-feed X64-PACK PROGRAM VERSION OUT

        Writes Microsoft.NETCore.App.Runtime.linux-arm64 and Microsoft.NETCore.App.Host.linux-arm64 as NuGet packages into OUT.
          X64-PACK  the unpacked package Microsoft.NETCore.App.Runtime.linux-x64 of this version
          PROGRAM   an uncompressed single-file .NET program for linux-arm64: the source of the host and of an arm64 CoreLib
          VERSION   the version of the packages
        """);
    return 2;
}

try
{
    var bundle = SingleFileBundle.Open(args[1]);
    new RuntimePackBuilder(args[0], bundle, args[2], args[3]).Build();
    return 0;
}
catch (FeedException error)
{
    Console.Error.WriteLine($"dotnet-feed: {error.Message}");
    return 1;
}
