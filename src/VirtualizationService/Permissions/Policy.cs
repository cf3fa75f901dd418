using System.Text.Json;
using Virtualization.Configuration;

namespace VirtualizationService.Permissions;

/// <summary>What the administrator lets users do: the file <c>/etc/vmm/policy.json</c>, else the installation's <c>policy.json</c>.</summary>
/// <remarks>
/// <para>AVF's permissions are these on a Unix host:</para>
/// <list type="bullet">
/// <item><c>MANAGE_VIRTUAL_MACHINE</c>: whoever may open <c>/dev/kvm</c> and <c>/dev/vhost-vsock</c>, which is the groups that own them.</item>
/// <item><c>USE_CUSTOM_VIRTUAL_MACHINE</c>: root and the groups of <see cref="UseCustomVirtualMachine"/>.</item>
/// <item><c>DUMP</c>: root and the groups of <see cref="Dump"/> see the VMs of others.</item>
/// <item>SELinux labels of images: <see cref="ImageDirectories"/> and the rules of <see cref="ImageTrust"/>.</item>
/// </list>
/// <para>
/// A <c>virtmgr</c> runs as its client, so these rules keep a client from mistakes and from images that others can change; a user who may open
/// <c>/dev/kvm</c> can also run <c>vmm</c> without asking. What one user can take from another (<see cref="MaxVmsPerUser"/>,
/// <see cref="MaxMemoryMibPerUser"/>, listing) is decided by the system service, which runs as root.
/// </para>
/// </remarks>
public sealed record Policy
{
    // Settable, not init: the JSON generator would overwrite the defaults of init-only members that the file does not have.

    /// <summary>Groups that may run VMs of their own making: raw configurations, other systems, custom kernels, payload configurations.</summary>
    public IReadOnlyList<string> UseCustomVirtualMachine { get; set; } = ["kvm"];

    /// <summary>Groups that see everybody's VMs.</summary>
    public IReadOnlyList<string> Dump { get; set; } = [];

    /// <summary>Directories that images must lie in, at any depth, besides the installation's; none: anywhere.</summary>
    public IReadOnlyList<string> ImageDirectories { get; set; } = [];

    /// <summary>How many VMs a user may have at once, where the system service runs.</summary>
    public int MaxVmsPerUser { get; set; } = 64;

    /// <summary>How much guest memory a user may have at once, in MiB, where the system service runs; 0: any.</summary>
    public int MaxMemoryMibPerUser { get; set; }

    /// <summary>Reads the first of the files that is there; without any, the defaults.</summary>
    /// <exception cref="RefusedException">It is not good.</exception>
    public static Policy Load(IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            // As a rule there is none; at every start, an exception would be what takes longest.
            if (!Directory.Exists(Path.GetDirectoryName(file)))
            {
                continue;
            }

            byte[] content;
            try
            {
                content = File.ReadAllBytes(file);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                continue;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RefusedException(Refusal.Failed, $"{file}: cannot be read: {e.Message}", e);
            }

            return Parse(content, file);
        }

        return new Policy();
    }

    /// <summary>Reads a policy.</summary>
    /// <param name="json">Its text.</param>
    /// <param name="name">The file, for messages.</param>
    /// <exception cref="RefusedException">It is not good: a member that is not known is refused too, for a rule must not be lost to a typing error.</exception>
    public static Policy Parse(ReadOnlySpan<byte> json, string name)
    {
        Policy policy;
        try
        {
            policy = JsonSerializer.Deserialize(json, ServiceJson.Default.Policy) ?? throw new JsonException("there is nothing in it");
        }
        catch (JsonException e)
        {
            throw new RefusedException(Refusal.Failed, $"{name}{JsonFault.Place(e)}: {JsonFault.Reason(e)}", e);
        }

        string? fault = policy.UseCustomVirtualMachine is null || policy.Dump is null || policy.ImageDirectories is null ? "a list is null; write []"
            : policy.MaxVmsPerUser < 1 ? "maxVmsPerUser must be 1 or more"
            : policy.MaxMemoryMibPerUser < 0 ? "maxMemoryMibPerUser must be 0 (any) or more"
            : policy.ImageDirectories.FirstOrDefault(static directory => !Path.IsPathRooted(directory)) is { } relative
                ? $"imageDirectories: '{relative}' is not an absolute path"
            : null;
        return fault is null ? policy : throw new RefusedException(Refusal.Failed, $"{name}: {fault}");
    }

    /// <summary>Whether a user may run VMs of their own making.</summary>
    public bool AllowsCustomVirtualMachine(Caller caller) => caller.IsRoot || UseCustomVirtualMachine.Any(caller.IsIn);

    /// <summary>Whether a user sees everybody's VMs.</summary>
    public bool AllowsDump(Caller caller) => caller.IsRoot || Dump.Any(caller.IsIn);
}
