namespace Virtualization.Aidl;

/// <summary>What went wrong in a guest (AVF ErrorCode.aidl).</summary>
public enum ErrorCode
{
    /// <summary>Something else.</summary>
    Unknown = 0,

    /// <summary>The payload's signature or digest is wrong.</summary>
    PayloadVerificationFailed = 1,

    /// <summary>The payload is not the one that the instance belongs to.</summary>
    PayloadChanged = 2,

    /// <summary>The payload's configuration is wrong.</summary>
    PayloadInvalidConfig = 3,
}
