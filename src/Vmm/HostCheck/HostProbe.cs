using System.Globalization;
using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Vmm.CommandLine;

namespace Vmm.HostCheck;

/// <summary>Finds out what this host can run by trying it.</summary>
public sealed class HostProbe
{
    private const int CAP_IPC_LOCK = 14; // linux/capability.h

    /// <summary>The processor's architecture.</summary>
    public Architecture Architecture { get; init; } = RuntimeInformation.OSArchitecture;

    /// <summary>KVM's device.</summary>
    public string KvmPath { get; init; } = "/dev/kvm";

    /// <summary>Looks at everything. Asking for a protected VM marks a kernel that has them as tainted.</summary>
    public HostReport Run()
    {
        var findings = new List<Finding> { CheckArchitecture(), new("kernel", FindingResult.Ok, $"Linux {KernelRelease}") };
        if (Architecture == Architecture.Arm64)
        {
            findings.AddRange(new KvmCheck(KvmPath, KernelRelease).Run());
        }

        findings.Add(CheckLockedMemory());
        findings.Add(CheckHugePages());
        findings.Add(CheckDevice("vhost-vsock", "/dev/vhost-vsock", "vhost_vsock"));
        findings.Add(CheckDevice("vhost-net", "/dev/vhost-net", "vhost_net"));
        findings.Add(CheckDevice("tun", "/dev/net/tun", "tun"));

        bool IsOk(string id) => findings.Exists(finding => finding.Id == id && finding.Result == FindingResult.Ok);
        var canRun = IsOk("kvm") && (IsOk("gicv3") || IsOk("gicv2"));
        return new HostReport
        {
            Version = VmmVersion.Text,
            CanRun = canRun,
            CanRunProtected = canRun && IsOk("gicv3") && IsOk("pkvm"),
            Findings = findings,
        };
    }

    private static string KernelRelease { get; } = ReadText("/proc/sys/kernel/osrelease");

    private Finding CheckArchitecture() => Architecture == Architecture.Arm64
        ? new Finding("architecture", FindingResult.Ok, "arm64")
        : new Finding(
            "architecture",
            FindingResult.No,
            $"{Architecture.ToString().ToLowerInvariant()}: vmm runs ARM64 guests with KVM, which needs an ARM64 host")
        {
            Hint = "run vmm on ARM64 hardware, or inside an ARM64 Linux with EL2 that an emulator provides",
        };

    private static Finding CheckLockedMemory()
    {
        const string Id = "memlock";
        var limit = LockedMemoryLimit.Current.Soft;
        if (HasCapability(CAP_IPC_LOCK))
        {
            return new Finding(Id, FindingResult.Ok, "no limit (CAP_IPC_LOCK)");
        }

        return limit == LockedMemoryLimit.Unlimited
            ? new Finding(Id, FindingResult.Ok, "no limit")
            : new Finding(Id, FindingResult.Warn, $"{limit >> 20} MiB, which a protected VM's memory must fit into")
            {
                Hint = "raise it with \"ulimit -l\" or LimitMEMLOCK=, or give vmm CAP_IPC_LOCK",
            };
    }

    private static Finding CheckHugePages()
    {
        const string Id = "hugepages";
        var modes = ReadText("/sys/kernel/mm/transparent_hugepage/enabled");
        return modes switch
        {
            "" => new Finding(Id, FindingResult.No, "the kernel has no transparent huge pages"),
            _ when modes.Contains("[never]", StringComparison.Ordinal) => new Finding(Id, FindingResult.Warn, "turned off, --hugepages has no effect")
            {
                Hint = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
            },
            _ => new Finding(Id, FindingResult.Ok, modes.Contains("[always]", StringComparison.Ordinal) ? "always" : "on request (--hugepages)"),
        };
    }

    private static Finding CheckDevice(string id, string path, string module)
    {
        try
        {
            using var device = PosixFile.Open(path, OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK);
            return new Finding(id, FindingResult.Ok, path);
        }
        catch (LinuxException failure)
        {
            return new Finding(id, FindingResult.No, $"{path}: {Marshal.GetPInvokeErrorMessage(failure.Errno)}")
            {
                Hint = failure.Errno is Errno.EACCES or Errno.EPERM
                    ? $"access is for its owner and group: ls -l {path}"
                    : $"modprobe {module}",
            };
        }
    }

    private static bool HasCapability(int number)
    {
        const string Line = "CapEff:";
        var mask = ReadText("/proc/self/status").Split('\n').FirstOrDefault(static line => line.StartsWith(Line, StringComparison.Ordinal));
        return mask is not null
            && ulong.TryParse(mask[Line.Length..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits)
            && ((bits >> number) & 1) != 0;
    }

    /// <summary>A file of /proc or /sys without its last line end; empty where it cannot be read.</summary>
    internal static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\n');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
