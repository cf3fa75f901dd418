namespace Pvmfw.Tests;

/// <summary>Memory between guards that show a write outside of it.</summary>
internal sealed class GuardedMemory
{
    private const byte Canary = 0xa5;
    private const int Guard = 256;

    private readonly byte[] _bytes;

    public GuardedMemory(int size)
    {
        _bytes = new byte[size + (2 * Guard)];
        _bytes.AsSpan(0, Guard).Fill(Canary);
        _bytes.AsSpan(Guard + size).Fill(Canary);
    }

    public GuardedMemory(ReadOnlySpan<byte> content)
        : this(content.Length) => content.CopyTo(Span);

    public Span<byte> Span => _bytes.AsSpan(Guard, _bytes.Length - (2 * Guard));

    public bool IsZero => !Span.ContainsAnyExcept((byte)0);

    public bool IsIntact => !_bytes.AsSpan(0, Guard).ContainsAnyExcept(Canary) && !_bytes.AsSpan(_bytes.Length - Guard).ContainsAnyExcept(Canary);

    public bool Holds(ReadOnlySpan<byte> secret) => _bytes.AsSpan().IndexOf(secret) >= 0;
}
