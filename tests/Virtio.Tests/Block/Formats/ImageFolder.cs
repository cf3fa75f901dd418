using System.Text;
using Kvm.Interop.Files;
using Virtio.Block.Formats.Qcow2;

namespace Virtio.Tests.Block.Formats;

/// <summary>A folder for a test's images, in memory where the machine has room for that; gone with the test.</summary>
public sealed class ImageFolder : IDisposable
{
    private readonly string _path = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"images-{Guid.NewGuid():n}");

    internal ImageFolder() => Directory.CreateDirectory(_path);

    /// <summary>The path of a file in the folder.</summary>
    internal string this[string name] => Path.Combine(_path, name);

    internal static PosixFile Open(string path, bool writable = true) => PosixFile.Open(path, writable ? OpenFlags.O_RDWR : OpenFlags.O_RDONLY);

    internal static PosixFile Create(string path) => PosixFile.Open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_TRUNC);

    /// <summary>Runs qemu-img, which must succeed.</summary>
    internal static string QemuImg(params string[] arguments) => Encoding.UTF8.GetString(Tool.Filter([], "qemu-img", arguments));

    /// <summary>Runs commands of qemu-io on an image, all of which must succeed.</summary>
    internal static void QemuIo(string path, params string[] commands)
    {
        string output = Encoding.UTF8.GetString(Tool.Filter([], "qemu-io", ["-f", "qcow2", .. commands.SelectMany(command => new[] { "-c", command }), path]));
        Assert.DoesNotContain("failed", output, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Makes an image of our own and opens it.</summary>
    internal Qcow2Disk NewQcow2(string name, Qcow2Creation creation)
    {
        using (PosixFile file = Create(this[name]))
        {
            creation.Write(file);
        }

        return OpenQcow2(name);
    }

    internal Qcow2Disk OpenQcow2(string name, bool readOnly = false, bool allowBacking = true) =>
        Qcow2Disk.Open(Open(this[name], !readOnly), readOnly, allowBacking);

    /// <summary>Asserts that qemu-img finds nothing wrong with an image, not even a lost cluster.</summary>
    internal void AssertClean(string name) => QemuImg("check", "-f", "qcow2", this[name]);

    /// <summary>Asserts that an image may have lost clusters, and has no other fault.</summary>
    internal void AssertSound(string name)
    {
        (int status, byte[] output, string errors) = Tool.Run([], "qemu-img", "check", "-f", "qcow2", this[name]);
        Assert.True(status is 0 or 3, $"status {status}: {Encoding.UTF8.GetString(output)} {errors}");
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
