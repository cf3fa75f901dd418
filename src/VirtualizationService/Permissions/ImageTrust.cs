using Kvm.Interop.Files;

namespace VirtualizationService.Permissions;

/// <summary>Whether a file may be a guest's image. It stands in the place of AVF's SELinux labels, which a plain Linux host has not.</summary>
/// <remarks>
/// An image belongs to root or to the caller, and nobody else may write it: otherwise another user could choose what the caller's guest runs, or
/// change it while it runs. The group may write only where it is the caller's own and the caller's alone by convention, or root's. A file without
/// a name (memfd, O_TMPFILE) is reached by its descriptors only, so its mode says nothing.
/// </remarks>
/// <param name="Caller">For whom the guest runs.</param>
/// <param name="Directories">Where images must lie, at any depth; none: anywhere.</param>
public sealed record ImageTrust(Caller Caller, IReadOnlyList<string> Directories)
{
    /// <summary>Checks an open image.</summary>
    /// <param name="file">The image.</param>
    /// <param name="label">What it is to the guest, for messages: <c>partition super</c>, <c>kernel</c>.</param>
    /// <exception cref="RefusedException">It may not be used.</exception>
    public void Check(FileDescriptor file, string label)
    {
        FileOwner owner = FileOwner.Of(file);
        string path = PathOf(file);
        if (owner.Kind is not (FileKind.Regular or FileKind.BlockDevice))
        {
            throw new RefusedException(Refusal.Argument, $"{label}: {path} is neither a file nor a block device");
        }

        if (owner.Links == 0 && owner.User == Caller.User)
        {
            return;
        }

        string? fault = FaultOf(owner);
        if (fault is not null)
        {
            throw new RefusedException(Refusal.Security, $"{label}: {path} {fault}");
        }

        if (Directories.Count > 0 && !Directories.Any(directory => IsWithin(path, directory)))
        {
            throw new RefusedException(
                Refusal.Security, $"{label}: {path} does not lie in {string.Join(" or ", Directories)}, where the policy wants images (imageDirectories)");
        }
    }

    private static string PathOf(FileDescriptor file)
    {
        string link = $"/proc/self/fd/{file.DangerousGetHandle()}";
        return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName ?? file.Name;
    }

    private static bool IsWithin(string path, string directory) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(directory) + '/', StringComparison.Ordinal);

    private string? FaultOf(FileOwner owner)
    {
        // Of a disk device only the right to open it says something; it belongs to root and the group disk.
        if (owner.Kind == FileKind.BlockDevice)
        {
            return null;
        }

        return owner.User != 0 && owner.User != Caller.User ? $"belongs to another user ({Caller.Of(owner.User).Name}); it must be root's or {Caller.Name}'s"
            : owner.Mode.HasFlag(UnixFileMode.OtherWrite) ? "may be written by everybody: chmod o-w"
            : owner.Mode.HasFlag(UnixFileMode.GroupWrite) && owner.Group != 0 && owner.Group != Caller.Group ? "may be written by its group: chmod g-w"
            : null;
    }
}
