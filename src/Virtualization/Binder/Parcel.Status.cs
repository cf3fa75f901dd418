namespace Virtualization.Binder;

/// <content>What a reply begins with: how the method ended (binder/Status.h).</content>
public sealed partial class Parcel
{
    /// <summary>The method did what it was asked.</summary>
    public void WriteStatusOk() => WriteInt32((int)ExceptionCode.None);

    /// <summary>The method failed.</summary>
    /// <param name="exception">How.</param>
    /// <param name="message">One line for the caller's user.</param>
    /// <param name="serviceSpecific">The service's number, for <see cref="ExceptionCode.ServiceSpecific"/>.</param>
    public void WriteStatus(ExceptionCode exception, string? message, int serviceSpecific)
    {
        WriteInt32((int)exception);
        if (exception == ExceptionCode.None)
        {
            return;
        }

        WriteString(message ?? "");
        WriteInt32(0); // no remote stack trace
        switch (exception)
        {
            case ExceptionCode.ServiceSpecific:
                WriteInt32(serviceSpecific);
                break;
            case ExceptionCode.Parcelable:
                WriteInt32(0); // its size
                break;
        }
    }

    /// <summary>Reads how the method ended, and throws what it says.</summary>
    /// <exception cref="ServiceSpecificException">The service failed with a number of its own.</exception>
    /// <exception cref="BinderException">The method failed otherwise, or the status itself is malformed.</exception>
    public void ReadStatus()
    {
        ExceptionCode exception = (ExceptionCode)ReadInt32();
        if (exception == ExceptionCode.HasNotedAppOpsReplyHeader)
        {
            SkipHeader();
            exception = (ExceptionCode)ReadInt32();
        }

        if (exception == ExceptionCode.HasReplyHeader)
        {
            SkipHeader();
            exception = ExceptionCode.None;
        }

        if (exception == ExceptionCode.None)
        {
            return;
        }

        string? message = ReadString();
        SkipTrace();
        throw exception == ExceptionCode.ServiceSpecific
            ? new ServiceSpecificException(ReadInt32(), message)
            : new BinderException(exception, string.IsNullOrEmpty(message) ? null : message);
    }

    /// <summary>A header begins with its size, which counts itself.</summary>
    private void SkipHeader()
    {
        int start = _position;
        int size = ReadInt32();
        if (size < sizeof(int) || size > _limit - start)
        {
            throw new BinderException(StatusCode.BadValue, $"a reply header of {size} bytes at byte {start} of the parcel");
        }

        _position = start + size;
    }

    /// <summary>A stack trace is a header, or a zero.</summary>
    private void SkipTrace()
    {
        int start = _position;
        if (ReadInt32() != 0)
        {
            _position = start;
            SkipHeader();
        }
    }
}
