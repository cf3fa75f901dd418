using System.Globalization;
using Kvm.Interop.Files;

namespace VirtualizationService.Directories;

/// <summary>Where a user's VMs have their temporary directories.</summary>
/// <remarks>
/// <c>$XDG_RUNTIME_DIR/vmm</c>, else <c>/run/user/UID/vmm</c>, else for root <c>/run/vmm</c>, else <c>/tmp/vmm-UID</c>. A directory is used only if it
/// belongs to the user and is nobody else's to look into: <c>/tmp</c> is everybody's, and who makes a name there first could watch.
/// </remarks>
public static class RuntimeRoot
{
    /// <summary>Where to look, best first.</summary>
    public static IReadOnlyList<string> Candidates
    {
        get
        {
            string user = PrivateDirectory.User.ToString(CultureInfo.InvariantCulture);
            List<string> places = [];
            if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Path.IsPathRooted(runtime))
            {
                places.Add(Path.Combine(runtime, "vmm"));
            }

            places.Add($"/run/user/{user}/vmm");
            if (PrivateDirectory.User == 0)
            {
                places.Add("/run/vmm/root");
            }

            places.Add($"/tmp/vmm-{user}");
            return [.. places.Distinct()];
        }
    }

    /// <summary>The place of this process, made where it is not there.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public static string Make() =>
        Candidates.FirstOrDefault(TryMake)
            ?? throw new RefusedException(
                Refusal.Failed, $"no place for temporary directories: {string.Join(", ", Candidates)} cannot be made, or are open to other users");

    /// <summary>All places of this user that are there, to list and to sweep.</summary>
    public static IEnumerable<string> Existing => Candidates.Where(PrivateDirectory.IsAt);

    private static bool TryMake(string path)
    {
        // /run/user/UID is the login manager's to make; /run/vmm is the service's.
        string parent = Path.GetDirectoryName(path)!;
        return (Directory.Exists(parent) || (parent == "/run/vmm" && TryMakeShared(parent))) && PrivateDirectory.TryCreate(path);
    }

    private static bool TryMakeShared(string path)
    {
        try
        {
            const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            Directory.CreateDirectory(path, Open);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
