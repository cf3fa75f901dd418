namespace Kvm.Interop.Memory;

/// <summary>How a copy by <see cref="BounceBuffer"/> ended.</summary>
public enum GuestCopyResult
{
    /// <summary>Every byte was copied.</summary>
    Copied,

    /// <summary>There is not guest memory for all of it; nothing was copied.</summary>
    OutsideMemory,

    /// <summary>A page of it is private to a protected guest. The pages before it may have been written.</summary>
    Private,
}
