namespace Bench;

/// <summary>A thread that allocates as fast as it can and keeps some of it, so that collections of every generation come often.</summary>
internal sealed class GarbageMaker : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stop;

    internal GarbageMaker()
    {
        _thread = new Thread(Make) { Name = "garbage" };
        _thread.Start();
    }

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Make()
    {
        byte[][] kept = new byte[1024][];
        for (int i = 0; !_stop; i++)
        {
            kept[i % kept.Length] = new byte[256 + (i % 4096)];
            if (i % 50_000 == 0)
            {
                GC.Collect();
            }
        }
    }
}
