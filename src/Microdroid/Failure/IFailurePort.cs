namespace Microdroid.Failure;

/// <summary>The line to the host that reasons are written to.</summary>
internal interface IFailurePort : IDisposable
{
    /// <summary>Writes bytes.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Waits until they have left: the VM is reset next.</summary>
    void Drain();
}
