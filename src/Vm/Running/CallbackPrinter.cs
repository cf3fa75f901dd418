using Virtualization.Aidl;

namespace Vm.Running;

/// <summary>Tells a VM's life on standard error, in the words of AVF's <c>vm</c>.</summary>
internal sealed class CallbackPrinter(TextWriter errors) : IVirtualMachineCallback
{
    public void OnPayloadStarted(int cid) => errors.WriteLine("payload started");

    public void OnPayloadReady(int cid) => errors.WriteLine("payload is ready");

    public void OnPayloadFinished(int cid, int exitCode) => errors.WriteLine($"payload finished with exit code {exitCode}");

    public void OnError(int cid, ErrorCode errorCode, string message) =>
        errors.WriteLine($"VM encountered an error: code={Words.Of(errorCode)}, message={message.ReplaceLineEndings(" ")}");

    public void OnDied(int cid, DeathReason reason)
    {
        // The run's last line says it.
    }
}
