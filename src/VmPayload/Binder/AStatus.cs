using Virtualization.Binder;
using VmPayload.Platform;

namespace VmPayload.Binder;

/// <summary>What a method says of how it went (AStatus).</summary>
internal unsafe struct AStatus
{
    private byte* _message;

    internal ExceptionCode Exception;

    /// <summary>The service's own number, when that is the kind.</summary>
    internal int ServiceSpecific;

    /// <summary>What became of the transaction, when it failed as such.</summary>
    internal StatusCode Status;

    /// <summary>For people; ends with a zero. Never null.</summary>
    internal readonly byte* Message
    {
        get
        {
            if (_message != null)
            {
                return _message;
            }

            // The data of a literal never moves.
            fixed (byte* nothing = "\0"u8)
            {
                return nothing;
            }
        }
    }

    /// <summary>A status that goes well until it is told otherwise.</summary>
    internal static AStatus* Create()
    {
        AStatus* status = (AStatus*)Libc.Allocate(sizeof(AStatus));
        if (status == null)
        {
            Panic.Stop("no memory for a status"u8);
        }

        return status;
    }

    internal static AStatus* Of(ExceptionCode exception, int serviceSpecific, byte* message, int messageLength)
    {
        AStatus* status = Create();
        status->Exception = exception;
        status->ServiceSpecific = serviceSpecific;
        status->SetMessage(message, messageLength);
        return status;
    }

    internal static AStatus* Of(StatusCode code)
    {
        AStatus* status = Create();
        status->Status = code;
        status->Exception = code == StatusCode.Ok ? ExceptionCode.None : ExceptionCode.TransactionFailed;
        return status;
    }

    internal static void Delete(AStatus* status)
    {
        if (status != null)
        {
            Libc.Free(status->_message);
            Libc.Free(status);
        }
    }

    /// <summary>Appends it to a reply. A transaction that failed has no reply: its code is returned for the caller to return.</summary>
    internal readonly StatusCode WriteTo(AParcel* parcel)
    {
        if (Exception == ExceptionCode.TransactionFailed)
        {
            return Status;
        }

        StatusCode written = parcel->WriteInt32((int)Exception);
        if (written != StatusCode.Ok || Exception == ExceptionCode.None)
        {
            return written;
        }

        int length = Length(Message);
        written = parcel->WriteString(Message, length);
        if (written == StatusCode.BadValue)
        {
            // A message that is no text does not turn a failure into another.
            written = parcel->WriteString(""u8);
        }

        // No remote stack trace.
        written = written == StatusCode.Ok ? parcel->WriteInt32(0) : written;
        return written == StatusCode.Ok && Exception is ExceptionCode.ServiceSpecific or ExceptionCode.Parcelable
            ? parcel->WriteInt32(ServiceSpecific)
            : written;
    }

    /// <summary>Reads what a reply begins with (Status::readFromParcel).</summary>
    internal StatusCode ReadFrom(AParcel* parcel)
    {
        int code;
        StatusCode read = parcel->ReadInt32(&code);
        if (read != StatusCode.Ok)
        {
            return read;
        }

        if (code == (int)ExceptionCode.HasNotedAppOpsReplyHeader)
        {
            read = parcel->SkipSized();
            read = read == StatusCode.Ok ? parcel->ReadInt32(&code) : read;
            if (read != StatusCode.Ok)
            {
                return read;
            }
        }

        if (code == (int)ExceptionCode.HasReplyHeader)
        {
            read = parcel->SkipSized();
            code = 0;
        }

        Exception = (ExceptionCode)code;
        if (read != StatusCode.Ok || code == 0)
        {
            return read;
        }

        read = parcel->ReadString(out char* text, out int units);
        if (read != StatusCode.Ok)
        {
            return read;
        }

        SetMessage(text, units);
        read = parcel->SkipSized();
        if (read == StatusCode.Ok && Exception == ExceptionCode.ServiceSpecific)
        {
            int serviceSpecific;
            read = parcel->ReadInt32(&serviceSpecific);
            ServiceSpecific = read == StatusCode.Ok ? serviceSpecific : 0;
        }

        return read;
    }

    internal static int Length(byte* text)
    {
        int length = 0;
        while (text[length] != 0)
        {
            length++;
        }

        return length;
    }

    private void SetMessage(byte* message, int length)
    {
        if (message != null && length > 0)
        {
            _message = (byte*)Libc.Allocate(length + 1);
            if (_message != null)
            {
                new ReadOnlySpan<byte>(message, length).CopyTo(new Span<byte>(_message, length));
            }
        }
    }

    private void SetMessage(char* text, int units)
    {
        if (units > 0)
        {
            int length = Utf.CountUtf8(text, units);
            _message = (byte*)Libc.Allocate(length + 1);
            if (_message != null)
            {
                Utf.ToUtf8(text, units, _message);
            }
        }
    }
}
