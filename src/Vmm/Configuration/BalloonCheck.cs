using Vmm.Outcome;

namespace Vmm.Configuration;

/// <summary>The rules of the balloon's options.</summary>
internal static class BalloonCheck
{
    /// <exception cref="InvalidOptionException">The first fault.</exception>
    public static void Check(VmConfig config, List<string> warnings)
    {
        if (!config.Balloon && config.BalloonPageReporting)
        {
            throw new InvalidOptionException("--balloon-page-reporting needs the balloon that --no-balloon leaves out");
        }

        // Android's manager asks for reports in every mode; it is understood, and the VM goes without.
        if (config.BalloonPageReporting && config.Protection != ProtectionMode.Unprotected)
        {
            warnings.Add(config.IsProtected
                ? "--balloon-page-reporting has no effect: the kernel takes no page back from a protected VM while it runs"
                : "--balloon-page-reporting has no effect: a VM that a firmware starts has no balloon");
        }

        if (config.InitMemMib is not { } outside)
        {
            return;
        }

        if (!config.Balloon)
        {
            throw new InvalidOptionException("--init-mem needs the balloon that --no-balloon leaves out");
        }

        if (config.Protection == ProtectionMode.UnprotectedWithFirmware)
        {
            throw new InvalidOptionException("--init-mem: a VM that a firmware starts has no balloon");
        }

        if (config.IsProtected)
        {
            throw new InvalidOptionException("--init-mem: a protected VM has no balloon, because the kernel takes no page back from it while it runs");
        }

        if (outside > config.MemoryMib)
        {
            throw new InvalidOptionException($"--init-mem: {outside} MiB outside the balloon is more than the guest's memory of {config.MemoryMib} MiB (--mem)");
        }
    }
}
