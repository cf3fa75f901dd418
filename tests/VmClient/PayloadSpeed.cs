using System.Diagnostics;
using System.Globalization;
using Virtualization.Binder;

namespace VmClient;

/// <summary>How fast Binder RPC with a payload is: a line of a name and a whole number for each figure.</summary>
internal static class PayloadSpeed
{
    private const int WarmUp = 50;
    private const int RoundTrips = 500;
    private const int CallsOfEach = 250;
    private const int Echoes = 100;

    // What fits a transaction, in whole pages.
    private const int EchoBytes = 96 << 10;

    /// <summary>Prints <c>round-trip</c> in nanoseconds (the median of one thread's calls), <c>calls</c> in a second by several threads, and <c>echo</c>: bytes in
    /// a second, those of both directions.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="threads">As many as it has connections.</param>
    public static void Measure(RpcSession session, int threads)
    {
        Payload payload = new(session.Root ?? throw new InvalidOperationException("the payload serves no object"));
        Add(payload, WarmUp);
        long[] times = new long[RoundTrips];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Add(payload, 1);
            times[i] = Stopwatch.GetTimestamp() - start;
        }

        Array.Sort(times);
        Print("round-trip", times[times.Length / 2] * 1e9 / Stopwatch.Frequency);
        Print("calls", threads * CallsOfEach / Seconds(() => Together(threads, () => Add(payload, CallsOfEach))));
        byte[] bytes = new byte[EchoBytes];
        new Random(5).NextBytes(bytes);
        Echo(payload, bytes);
        Print("echo", 2.0 * Echoes * EchoBytes / Seconds(() =>
        {
            for (int i = 0; i < Echoes; i++)
            {
                Echo(payload, bytes);
            }
        }));
    }

    private static void Add(Payload payload, int times)
    {
        for (int i = 0; i < times; i++)
        {
            if (payload.Add(i, 1) != i + 1)
            {
                throw new InvalidOperationException("the payload adds wrongly");
            }
        }
    }

    private static void Echo(Payload payload, byte[] bytes)
    {
        if (!payload.Echo(bytes).AsSpan().SequenceEqual(bytes))
        {
            throw new InvalidOperationException("the payload echoes other bytes");
        }
    }

    private static void Together(int threads, Action action)
    {
        Exception? failure = null;
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        }))];
        Array.ForEach(workers, static worker => worker.Start());
        Array.ForEach(workers, static worker => worker.Join());
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.Message, failure);
        }
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Print(string name, double value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:f0}"));
}
