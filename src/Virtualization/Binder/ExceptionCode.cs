namespace Virtualization.Binder;

/// <summary>What a method says of its failure (binder/Status.h).</summary>
public enum ExceptionCode
{
    /// <summary>EX_NONE.</summary>
    None = 0,

    /// <summary>EX_SECURITY: the caller may not do this.</summary>
    Security = -1,

    /// <summary>EX_BAD_PARCELABLE.</summary>
    BadParcelable = -2,

    /// <summary>EX_ILLEGAL_ARGUMENT.</summary>
    IllegalArgument = -3,

    /// <summary>EX_NULL_POINTER.</summary>
    NullPointer = -4,

    /// <summary>EX_ILLEGAL_STATE.</summary>
    IllegalState = -5,

    /// <summary>EX_NETWORK_MAIN_THREAD.</summary>
    NetworkMainThread = -6,

    /// <summary>EX_UNSUPPORTED_OPERATION.</summary>
    UnsupportedOperation = -7,

    /// <summary>EX_SERVICE_SPECIFIC: a number of the service's own follows (<see cref="ServiceSpecificException"/>).</summary>
    ServiceSpecific = -8,

    /// <summary>EX_PARCELABLE.</summary>
    Parcelable = -9,

    /// <summary>EX_HAS_NOTED_APPOPS_REPLY_HEADER: no failure; a header to skip, then the status.</summary>
    HasNotedAppOpsReplyHeader = -127,

    /// <summary>EX_HAS_REPLY_HEADER: no failure; a header to skip.</summary>
    HasReplyHeader = -128,

    /// <summary>EX_TRANSACTION_FAILED: stands for a <see cref="StatusCode"/>; never in a parcel.</summary>
    TransactionFailed = -129,
}
