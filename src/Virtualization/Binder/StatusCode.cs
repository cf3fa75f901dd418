namespace Virtualization.Binder;

/// <summary>What became of a transaction as a whole (Android's <c>status_t</c>, utils/Errors.h): negated Linux error numbers, and numbers of its own.</summary>
public enum StatusCode
{
    /// <summary>It was carried out (OK).</summary>
    Ok = 0,

    /// <summary>EPERM.</summary>
    PermissionDenied = -1,

    /// <summary>ENOENT.</summary>
    NameNotFound = -2,

    /// <summary>EWOULDBLOCK: no connection on which the peer listens.</summary>
    WouldBlock = -11,

    /// <summary>ENOMEM.</summary>
    NoMemory = -12,

    /// <summary>EEXIST.</summary>
    AlreadyExists = -17,

    /// <summary>ENODEV.</summary>
    NoInit = -19,

    /// <summary>EINVAL.</summary>
    BadValue = -22,

    /// <summary>EPIPE: the session has ended.</summary>
    DeadObject = -32,

    /// <summary>ENOSYS.</summary>
    InvalidOperation = -38,

    /// <summary>ENODATA: the parcel is shorter than what was read from it.</summary>
    NotEnoughData = -61,

    /// <summary>EBADMSG: the object has no such method.</summary>
    UnknownTransaction = -74,

    /// <summary>EOVERFLOW.</summary>
    BadIndex = -75,

    /// <summary>ETIMEDOUT.</summary>
    TimedOut = -110,

    /// <summary>INT32_MIN: no other word fits.</summary>
    UnknownError = int.MinValue,

    /// <summary>Something else lies where this was read: another interface's token, an object of another kind.</summary>
    BadType = int.MinValue + 1,

    /// <summary>The transaction is too large, or could not be sent.</summary>
    FailedTransaction = int.MinValue + 2,

    /// <summary>The session carries no descriptors.</summary>
    FdsNotAllowed = int.MinValue + 7,

    /// <summary>Null where there must be a value.</summary>
    UnexpectedNull = int.MinValue + 8,
}
