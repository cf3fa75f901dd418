using Kvm.Interop;
using Kvm.Interop.Files;
using Vmm.Outcome;

namespace Vmm.Firmware;

/// <summary>Writes files that only their owner may read. A file is there wholly or not at all: it is made beside its place and then put there.</summary>
internal static class SecretFile
{
    /// <summary>Makes a file that does not exist.</summary>
    /// <returns>False when there is one already, which stays as it is.</returns>
    /// <exception cref="VmmException">It cannot be written.</exception>
    public static bool TryCreate(string option, string path, ReadOnlySpan<byte> content) => Write(option, path, content, overwrite: false);

    /// <summary>Makes a file, or replaces one.</summary>
    /// <exception cref="VmmException">It cannot be written; an older one stays as it is.</exception>
    public static void Replace(string option, string path, ReadOnlySpan<byte> content) => Write(option, path, content, overwrite: true);

    private static bool Write(string option, string path, ReadOnlySpan<byte> content, bool overwrite)
    {
        if (Directory.Exists(path))
        {
            throw new VmmException($"{option}: {path} is a directory, not a file");
        }

        string? temporary = null;
        try
        {
            string target = Path.GetFullPath(path);
            string beside = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}");
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using (var stream = new FileStream(beside, options))
            {
                temporary = beside;
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            if (overwrite)
            {
                File.Move(temporary, target, overwrite: true);
            }
            else if (!FileName.TryMove(temporary, target))
            {
                return false;
            }

            temporary = null;
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or LinuxException)
        {
            throw new VmmException($"{option}: cannot write {path}: {failure.Message.ReplaceLineEndings(" ")}", cause: failure);
        }
        finally
        {
            if (temporary is not null)
            {
                File.Delete(temporary);
            }
        }
    }
}
