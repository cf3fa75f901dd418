using System.Runtime;
using Virtualization.Binder;
using VmPayload.Binder;

namespace VmPayload.Exports;

/// <summary>include/vm_payload.h. A failure that AVF's payloads are not told of ends the process with one line.</summary>
internal static unsafe class PayloadFunctions
{
    private const int MaxSecretLength = 32;
    private const int RpDataLength = 32;

    // AVmAccessRollbackProtectedSecretStatus
    private const int EntryNotFound = -1;
    private const int AccessFailed = -2;
    private const int BadSize = -3;

    private static int s_ready;

    [RuntimeExport("AVmPayload_notifyPayloadReady")]
    internal static void NotifyPayloadReady()
    {
        if (Interlocked.CompareExchange(ref s_ready, 1, 0) != 0)
        {
            return;
        }

        AParcel* reply = PayloadService.Call(PayloadService.NotifyPayloadReady, PayloadService.CreateRequest(), out _);
        if (reply == null)
        {
            Panic.Stop("AVmPayload_notifyPayloadReady: the service at /run/vm_payload_service was not reached or refused"u8);
        }

        AParcel.Delete(reply);
    }

    [RuntimeExport("AVmPayload_getVmInstanceSecret")]
    internal static void GetVmInstanceSecret(void* identifier, nuint identifierSize, void* secret, nuint size)
    {
        if (size > MaxSecretLength || identifierSize > AParcel.MaxSize)
        {
            Panic.Stop("AVmPayload_getVmInstanceSecret: a secret has at most 32 bytes, and its identifier fits into a call"u8);
        }

        // An empty identifier is one too.
        byte nothing;
        AParcel* request = PayloadService.CreateRequest();
        if (request != null &&
            (request->WriteByteArray(identifier == null ? &nothing : identifier, (int)identifierSize) != StatusCode.Ok ||
                request->WriteInt32((int)size) != StatusCode.Ok))
        {
            AParcel.Delete(request);
            request = null;
        }

        AParcel* reply = PayloadService.Call(PayloadService.GetVmInstanceSecret, request, out _);
        if (reply == null || reply->ReadByteArray(out byte* bytes, out int length) != StatusCode.Ok || length != (int)size)
        {
            Panic.Stop("AVmPayload_getVmInstanceSecret: the service at /run/vm_payload_service was not reached or refused"u8);
            return;
        }

        new ReadOnlySpan<byte>(bytes, length).CopyTo(new Span<byte>(secret, length));
        AParcel.Delete(reply);
    }

    [RuntimeExport("AVmPayload_getApkContentsPath")]
    internal static byte* GetApkContentsPath() => TextOf(PayloadPaths.ApkContents);

    [RuntimeExport("AVmPayload_getEncryptedStoragePath")]
    internal static byte* GetEncryptedStoragePath() =>
        PayloadPaths.IsMounted(PayloadPaths.EncryptedStorage) ? TextOf(PayloadPaths.EncryptedStorage) : null;

    [RuntimeExport("AVmPayload_isNewInstanceStatus")]
    internal static int IsNewInstanceStatus(byte* isNew)
    {
        AParcel* reply = PayloadService.Call(PayloadService.IsNewInstance, PayloadService.CreateRequest(), out _);
        int value = 0;
        bool read = reply != null && reply->ReadInt32(&value) == StatusCode.Ok;
        if (read)
        {
            *isNew = value != 0 ? (byte)1 : (byte)0;
        }

        AParcel.Delete(reply);
        return read ? 0 : -1;
    }

    [RuntimeExport("AVmPayload_isNewInstance")]
    internal static bool IsNewInstance()
    {
        byte isNew;
        if (IsNewInstanceStatus(&isNew) != 0)
        {
            Panic.Stop("AVmPayload_isNewInstance: the service at /run/vm_payload_service was not reached or refused"u8);
        }

        return isNew != 0;
    }

    [RuntimeExport("AVmPayload_writeRollbackProtectedSecret")]
    internal static int WriteRollbackProtectedSecret(void* data, nuint size)
    {
        if (size != RpDataLength)
        {
            return BadSize;
        }

        AParcel* request = PayloadService.CreateRequest();
        if (request != null && request->WriteByteArray(data, RpDataLength) != StatusCode.Ok)
        {
            AParcel.Delete(request);
            request = null;
        }

        AParcel* reply = PayloadService.Call(PayloadService.WritePayloadRpData, request, out _);
        AParcel.Delete(reply);
        return reply == null ? AccessFailed : RpDataLength;
    }

    [RuntimeExport("AVmPayload_readRollbackProtectedSecret")]
    internal static int ReadRollbackProtectedSecret(void* data, nuint size)
    {
        if (size != RpDataLength)
        {
            return BadSize;
        }

        AParcel* reply = PayloadService.Call(PayloadService.ReadPayloadRpData, PayloadService.CreateRequest(), out _);
        int result = AccessFailed;
        if (reply != null && reply->ReadByteArray(out byte* bytes, out int length) == StatusCode.Ok)
        {
            if (length == -1)
            {
                result = EntryNotFound;
            }
            else if (length == RpDataLength)
            {
                new ReadOnlySpan<byte>(bytes, length).CopyTo(new Span<byte>(data, length));
                result = RpDataLength;
            }
        }

        AParcel.Delete(reply);
        return result;
    }

    [RuntimeExport("AVmPayload_getDiceAttestationChain")]
    internal static nuint GetDiceAttestationChain(void* data, nuint size)
    {
        nint length = GetBytes(PayloadService.GetDiceAttestationChain, data, size);
        if (length < 0)
        {
            Panic.Stop("AVmPayload_getDiceAttestationChain: the service was not reached, or this payload may not have the chain"u8);
        }

        return (nuint)length;
    }

    [RuntimeExport("AVmPayload_getDiceAttestationCdi")]
    internal static nuint GetDiceAttestationCdi(void* data, nuint size)
    {
        nint length = GetBytes(PayloadService.GetDiceAttestationCdi, data, size);
        if (length < 0)
        {
            Panic.Stop("AVmPayload_getDiceAttestationCdi: the service was not reached, or this payload may not have the CDI"u8);
        }

        return (nuint)length;
    }

    [RuntimeExport("AVmPayload_runVsockRpcServer")]
    internal static void RunVsockRpcServer(AIBinder* service, uint port, delegate*<void*, void> onReady, void* parameter) =>
        VsockServer.Run(service, port, onReady, parameter);

    // As many of the bytes as there is room for; how many there are, or -1.
    private static nint GetBytes(uint method, void* data, nuint size)
    {
        AParcel* reply = PayloadService.Call(method, PayloadService.CreateRequest(), out _);
        nint result = -1;
        if (reply != null && reply->ReadByteArray(out byte* bytes, out int length) == StatusCode.Ok && length >= 0)
        {
            int copied = size < (nuint)length ? (int)size : length;
            new ReadOnlySpan<byte>(bytes, copied).CopyTo(new Span<byte>(data, copied));
            result = length;
        }

        AParcel.Delete(reply);
        return result;
    }

    // SAFETY: the data of a literal never moves and never ends.
    private static byte* TextOf(ReadOnlySpan<byte> literal)
    {
        fixed (byte* text = literal)
        {
            return text;
        }
    }
}
