using System.Diagnostics;

namespace Virtualization.Tests.Binder;

internal static class Eventually
{
    /// <summary>Waits for what other threads bring about.</summary>
    internal static void True(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), $"not within 10 s: {what}");
            Thread.Sleep(2);
        }
    }
}
