namespace VirtualizationService.Vsock;

/// <summary>Chooses how host and guests reach each other.</summary>
public static class VsockHosts
{
    /// <summary>What chooses: <c>kernel</c> (default) or <c>unix</c>.</summary>
    public const string Variable = Virtualization.HostSupport.VsockVariable;

    /// <summary>What this process's environment says.</summary>
    /// <exception cref="RefusedException">It says something else.</exception>
    public static IVsockHost OfThisProcess() => Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" or "kernel" => new KernelVsockHost(),
        "unix" => new UnixVsockHost(),
        { } other => throw new RefusedException(Refusal.Argument, $"{Variable}: '{other}' is neither kernel nor unix"),
    };
}
