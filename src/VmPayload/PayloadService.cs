using Virtualization.Binder;
using VmPayload.Binder;

namespace VmPayload;

/// <summary>The manager's service for the payload: IVmPayloadService over one connection, opened with the first call and kept.</summary>
internal static unsafe class PayloadService
{
    // The codes of the methods (IVmPayloadService.aidl; the host's tests compare them with Virtualization.Aidl).
    internal const uint NotifyPayloadReady = 1;
    internal const uint GetVmInstanceSecret = 2;
    internal const uint GetDiceAttestationChain = 3;
    internal const uint GetDiceAttestationCdi = 4;
    internal const uint WritePayloadRpData = 8;
    internal const uint ReadPayloadRpData = 9;
    internal const uint IsNewInstance = 10;

    private static long s_service;

    internal static ReadOnlySpan<byte> Descriptor => "android.system.virtualization.payload.IVmPayloadService"u8;

    /// <summary>A request with the interface's token, to be written on.</summary>
    /// <returns>Null when the service cannot be reached or there is no memory.</returns>
    internal static AParcel* CreateRequest()
    {
        AIBinder* service = Connect();
        AParcel* request = service == null ? null : AParcel.Create(service->Session);
        if (request == null)
        {
            return null;
        }

        // Secrets go both ways.
        request->MarkSensitive();
        _ = request->WriteString(Descriptor);
        return request;
    }

    /// <summary>Calls a method.</summary>
    /// <param name="code">Which.</param>
    /// <param name="request">From <see cref="CreateRequest"/>; deleted. Null is a failure.</param>
    /// <param name="exception">What the service says, when it was reached.</param>
    /// <returns>The reply behind its status, or null when the call failed.</returns>
    internal static AParcel* Call(uint code, AParcel* request, out ExceptionCode exception)
    {
        exception = ExceptionCode.TransactionFailed;
        AIBinder* service = Connect();
        if (request == null || service == null)
        {
            AParcel.Delete(request);
            return null;
        }

        StatusCode status = service->Session->Transact(service->Node, code, request, TransactionFlags.None, out AParcel* reply);
        AParcel.Delete(request);
        if (status != StatusCode.Ok)
        {
            return null;
        }

        reply->MarkSensitive();
        AStatus* said = AStatus.Create();
        exception = said->ReadFrom(reply) == StatusCode.Ok ? said->Exception : ExceptionCode.TransactionFailed;
        AStatus.Delete(said);
        if (exception != ExceptionCode.None)
        {
            AParcel.Delete(reply);
            return null;
        }

        return reply;
    }

    /// <summary>Forgets the connection; the next call opens another.</summary>
    internal static void Disconnect()
    {
        AIBinder* service = (AIBinder*)Interlocked.CompareExchange(ref s_service, 0, 0);
        if (service != null && Interlocked.CompareExchange(ref s_service, 0, (long)service) == (long)service)
        {
            service->Session->End();
            AIBinder.Release(service);
        }
    }

    private static AIBinder* Connect()
    {
        // Full ordering on both sides: who sees the address sees what it points to.
        AIBinder* service = (AIBinder*)Interlocked.CompareExchange(ref s_service, 0, 0);
        if (service != null || !RpcClient.Connect(PayloadPaths.Service, out service))
        {
            return service;
        }

        AIBinder* earlier = (AIBinder*)Interlocked.CompareExchange(ref s_service, (long)service, 0);
        if (earlier == null)
        {
            return service;
        }

        // Another thread was faster.
        AIBinder.Release(service);
        return earlier;
    }
}
