using Vmm.Outcome;

namespace Vmm.Firmware;

/// <summary>Where the device secret of this user lies.</summary>
internal static class DeviceSecretPlace
{
    /// <summary>The option that names another file.</summary>
    public const string Option = "--device-secret";

    /// <summary>The file: the one the user named, else in <c>$XDG_STATE_HOME/vmm</c> (<c>~/.local/state/vmm</c>), whose directory is made.</summary>
    /// <exception cref="VmmException">There is no home directory to put it in.</exception>
    public static string Of(string? named)
    {
        if (named is not null)
        {
            return named;
        }

        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (string.IsNullOrEmpty(state) && string.IsNullOrEmpty(home))
        {
            throw new VmmException($"{Option}: neither XDG_STATE_HOME nor HOME says where this user's device secret is: name a file");
        }

        string directory = Path.Combine(string.IsNullOrEmpty(state) ? Path.Combine(home, ".local", "state") : state, "vmm");
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new VmmException($"{Option}: cannot make {directory}: {failure.Message.ReplaceLineEndings(" ")}: name a file", cause: failure);
        }

        return Path.Combine(directory, "device-secret");
    }
}
