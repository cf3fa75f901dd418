using System.Diagnostics;

namespace VirtualizationService.Tests;

/// <summary>Waits for what another process or thread brings about.</summary>
internal static class Eventually
{
    public static void True(Func<bool> condition, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{what} did not come about");
            Thread.Sleep(5);
        }
    }
}
