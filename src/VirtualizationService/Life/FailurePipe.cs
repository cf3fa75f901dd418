using System.Text;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace VirtualizationService.Life;

/// <summary>What a guest and its firmware write to ttyS1: why they gave up. Untrusted, so it is bounded, and what is no text is left out.</summary>
internal sealed class FailurePipe : IDisposable
{
    private const int MostBytes = 4096;

    private readonly FileDescriptor _reader;
    private readonly Thread _thread;
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();

    /// <summary>Reads until the last writer is gone.</summary>
    /// <param name="reader">The pipe's end; this object's from here on.</param>
    public FailurePipe(FileDescriptor reader)
    {
        _reader = reader;
        _thread = new Thread(Read) { IsBackground = true, Name = "failure pipe" };
        _thread.Start();
    }

    /// <summary>What has come so far.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>Waits until everything has been read, which is soon after the VMM's end.</summary>
    /// <returns>What has come.</returns>
    public string Finish(TimeSpan patience)
    {
        _thread.Join(patience);
        return Text;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A thread in read(2) holds a reference, so the descriptor is closed when it returns, which the writer's end brings about.
        _reader.Dispose();
    }

    private void Read()
    {
        Span<byte> buffer = stackalloc byte[256];
        try
        {
            for (int count = _reader.Read(buffer); count > 0; count = _reader.Read(buffer))
            {
                Add(buffer[..count]);
            }
        }
        catch (Exception e) when (e is LinuxException or ObjectDisposedException)
        {
            // What has come is all there is.
        }
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (byte value in bytes)
            {
                if (_text.Length < MostBytes && (value is >= 0x20 and < 0x7f or (byte)'\n'))
                {
                    _text.Append((char)value);
                }
            }
        }
    }
}
