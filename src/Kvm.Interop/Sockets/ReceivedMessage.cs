using Kvm.Interop.Files;

namespace Kvm.Interop.Sockets;

/// <summary>What <see cref="SeqPacketSocket.Receive"/> got.</summary>
/// <param name="Length">Bytes in the buffer; 0 when the other side has closed, <see cref="FileDescriptor.WouldBlock"/> when there was none.</param>
/// <param name="Descriptors">The descriptors that came with it, now owned by the receiver and closed on exec.</param>
public readonly record struct ReceivedMessage(int Length, FileDescriptor[] Descriptors) : IDisposable
{
    /// <summary>Closes the descriptors that nobody took.</summary>
    public void Dispose()
    {
        foreach (FileDescriptor descriptor in Descriptors)
        {
            descriptor.Dispose();
        }
    }
}
