namespace VirtualizationService;

/// <summary>Why a request is not carried out. Each is one of Binder's exceptions (<c>EX_…</c>) when the client reads it.</summary>
public enum Refusal
{
    /// <summary>The request itself is wrong (EX_ILLEGAL_ARGUMENT).</summary>
    Argument,

    /// <summary>It does not fit what has happened before (EX_ILLEGAL_STATE).</summary>
    State,

    /// <summary>The client may not (EX_SECURITY).</summary>
    Security,

    /// <summary>This host or this version cannot (EX_UNSUPPORTED_OPERATION).</summary>
    Unsupported,

    /// <summary>It was tried and did not work (EX_SERVICE_SPECIFIC, code -1).</summary>
    Failed,
}
