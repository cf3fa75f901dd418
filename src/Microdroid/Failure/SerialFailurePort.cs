using Kvm.Interop.Files;
using Kvm.Interop.Terminals;

namespace Microdroid.Failure;

/// <summary>A serial port of the VM.</summary>
/// <param name="path">Its device.</param>
internal sealed class SerialFailurePort(string path = SerialFailurePort.DefaultPath) : IFailurePort
{
    /// <summary>The second serial port of the VM, which the firmware uses too.</summary>
    public const string DefaultPath = "/dev/ttyS1";

    private readonly PosixFile _line = PosixFile.Open(path, OpenFlags.O_WRONLY | OpenFlags.O_NOCTTY);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes) => _line.WriteAll(bytes);

    /// <inheritdoc/>
    public void Drain() => SerialLine.Drain(_line);

    /// <inheritdoc/>
    public void Dispose() => _line.Dispose();
}
