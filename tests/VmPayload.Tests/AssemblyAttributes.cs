using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// The library's allocations are counted for all of the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
