namespace Microdroid.Failure;

/// <summary>Why the guest gives up, as the host understands it (AVF microdroid_manager, MicrodroidError).</summary>
internal enum FailureReason
{
    /// <summary>The host's IVirtualMachineService does not answer.</summary>
    FailedToConnectToVirtualizationService,

    /// <summary>The payload is not the one that the instance belongs to.</summary>
    PayloadChanged,

    /// <summary>The payload's signature, tree or digest is wrong.</summary>
    PayloadVerificationFailed,

    /// <summary>What is to be run, or the instance's state, contradicts itself.</summary>
    PayloadInvalidConfig,

    /// <summary>Anything else.</summary>
    UnknownRuntimeError,
}
