using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>
/// A file made beside the one that it replaces, and moved over it when it is whole and on the disk. Until then, and on any failure, that one
/// is as it was.
/// </summary>
internal sealed class FileReplacement : IDisposable
{
    private readonly string _option;
    private readonly string _target;
    private readonly string _temporary;
    private bool _committed;

    private FileReplacement(string option, string target, string temporary, FileStream content)
    {
        _option = option;
        _target = target;
        _temporary = temporary;
        Content = content;
    }

    /// <summary>The new content, empty at first.</summary>
    public FileStream Content { get; }

    /// <summary>Begins to replace or make a file. Of a symbolic link, it is the file that it points to.</summary>
    /// <exception cref="VmmException">There can be no file beside it, or it is something else than a file.</exception>
    public static FileReplacement Begin(string option, string path)
    {
        try
        {
            bool exists = Path.Exists(path);
            string target = Path.GetFullPath((exists ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? path);
            if (exists && (File.GetAttributes(target) & (FileAttributes.Device | FileAttributes.Directory)) != 0)
            {
                throw new VmmException($"{option}: {path} is not a regular file");
            }

            string temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.part");
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            };
            var content = new FileStream(temporary, options);
            var replacement = new FileReplacement(option, target, temporary, content);
            if (exists)
            {
                File.SetUnixFileMode(content.SafeFileHandle, File.GetUnixFileMode(target));
            }

            return replacement;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new VmmException($"{option}: cannot write {path}: {ImageAction.Reason(failure)}", cause: failure);
        }
    }

    /// <summary>Puts the new file in place.</summary>
    /// <exception cref="VmmException">It could not be; the old one is unchanged.</exception>
    public void Commit()
    {
        try
        {
            Content.Flush(flushToDisk: true);
            Content.Dispose();
            File.Move(_temporary, _target, overwrite: true);
            _committed = true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new VmmException($"{_option}: cannot write {_target}: {ImageAction.Reason(failure)}", cause: failure);
        }
    }

    public void Dispose()
    {
        Content.Dispose();
        if (!_committed)
        {
            File.Delete(_temporary);
        }
    }
}
