using System.Buffers;
using Kvm.Interop.Files;
using Microsoft.Win32.SafeHandles;
using Virtualization.Aidl;

namespace Virtualization;

/// <summary>The files of one VM: <c>ROOT/vm/NAME/{config.json, instance_id, instance.img, idsig, extra_idsig_N, storage.img}</c>.</summary>
/// <remarks>A directory appears whole, by a rename: what an interrupted creation leaves begins with a dot, as no VM's name does.</remarks>
internal sealed class VirtualMachineDirectory
{
    /// <summary>The instance image's size, which is AVF's.</summary>
    internal const long InstanceImageBytes = 10 << 20;

    private const int MaxNameLength = 200;
    private const int MaxConfigLength = 1 << 20;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private VirtualMachineDirectory(string path) => Path = path;

    internal string Path { get; }

    internal string InstanceImage => File("instance.img");

    internal string Idsig => File("idsig");

    internal string Storage => File("storage.img");

    internal string ConfigFile => File("config.json");

    internal string InstanceIdFile => File("instance_id");

    /// <summary>The directory of a VM, which may not exist.</summary>
    /// <exception cref="ArgumentException">No VM can have that name.</exception>
    internal static VirtualMachineDirectory Of(string root, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > MaxNameLength || name[0] == '.' || name.AsSpan().IndexOfAny('/', '\0') >= 0)
        {
            throw new ArgumentException(
                $"'{name}' cannot be a VM's name: at most {MaxNameLength} characters, no '/', and no dot at the beginning", nameof(name));
        }

        return new VirtualMachineDirectory(System.IO.Path.Combine(root, "vm", name));
    }

    internal string ExtraIdsig(int index) => File($"extra_idsig_{index}");

    internal bool Exists() => Directory.Exists(Path);

    /// <summary>Makes the directory out of what is put into a temporary one.</summary>
    internal void Create(string name, Action<VirtualMachineDirectory> fill)
    {
        if (Exists())
        {
            throw new VirtualMachineException($"there is a VM '{name}' already, in {Path}");
        }

        string parent = System.IO.Path.GetDirectoryName(Path)!;
        Directory.CreateDirectory(parent, Private);
        VirtualMachineDirectory temporary = new(System.IO.Path.Combine(parent, $".{name}.{Guid.NewGuid():N}"));
        Directory.CreateDirectory(temporary.Path, Private);
        try
        {
            fill(temporary);
            Directory.Move(temporary.Path, Path);
        }
        catch
        {
            Directory.Delete(temporary.Path, recursive: true);
            throw;
        }
    }

    internal void Delete() => Directory.Delete(Path, recursive: true);

    internal VirtualMachineConfig ReadConfig()
    {
        FileInfo file = new(ConfigFile);
        return file.Length <= MaxConfigLength
            ? StoredConfig.Read(System.IO.File.ReadAllBytes(ConfigFile), ConfigFile)
            : throw new VirtualMachineException($"{ConfigFile} has {file.Length} bytes; {MaxConfigLength} are the most");
    }

    /// <summary>Replaces the configuration at once: a reader sees the old one or the new one.</summary>
    internal void WriteConfig(VirtualMachineConfig config)
    {
        string temporary = $"{ConfigFile}.new";
        System.IO.File.WriteAllBytes(temporary, StoredConfig.Write(config));
        System.IO.File.Move(temporary, ConfigFile, overwrite: true);
    }

    internal byte[] ReadInstanceId()
    {
        byte[] id = System.IO.File.ReadAllBytes(InstanceIdFile);
        return id.Length == IVirtualizationService.InstanceIdLength
            ? id
            : throw new VirtualMachineException($"{InstanceIdFile} has {id.Length} bytes, not {IVirtualizationService.InstanceIdLength}");
    }

    /// <summary>Copies a file that a descriptor gives, from its beginning, and leaves holes where it has zeros.</summary>
    internal static void Copy(FileDescriptor source, string path)
    {
        const int Block = 1 << 16;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Block);
        try
        {
            using SafeFileHandle from = new(source.DangerousGetHandle(), ownsHandle: false);
            using SafeFileHandle to = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
            long offset = 0;
            for (int count; (count = RandomAccess.Read(from, buffer.AsSpan(0, Block), offset)) > 0; offset += count)
            {
                ReadOnlySpan<byte> piece = buffer.AsSpan(0, count);
                if (piece.ContainsAnyExcept((byte)0))
                {
                    RandomAccess.Write(to, piece, offset);
                }
            }

            RandomAccess.SetLength(to, offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);
}
