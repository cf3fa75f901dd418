namespace Virtualization;

/// <summary>Stops a VM by the control socket of its VMM, which the service makes in the VM's temporary directory.</summary>
/// <remarks>The service's own interface has no such call: there a VM belongs to the client that made it. The directory is its user's alone.</remarks>
internal static class VmmStop
{
    private const string SocketName = "control";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    // A VMM that is gone before it answers has stopped, too.
    internal static void Send(string temporaryDirectory) =>
        VmmRequest.Send(Path.Combine(temporaryDirectory, SocketName), """{"request":"stop"}"""u8, s_patience)?.Dispose();
}
