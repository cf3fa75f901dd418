using BootLoader.FsVerity;
using BootLoader.Sources;
using Kvm.Interop.Files;
using Microdroid.Devices;
using Microdroid.Payload;

namespace Microdroid.Tests.Devices;

/// <summary>Devices and mounts of the kernel that the tests run on, as far as it has them.</summary>
public sealed class LinuxBlockDevicesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("devices-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [SkippableFact]
    public void A_loop_device_lasts_as_long_as_it_is_held()
    {
        SkipWithoutLoop();
        string path = Write("file", 16384);
        using ILoop loop = new LinuxBlockDevices().AttachLoop(path, 4096, 8192);
        using var source = new FileSource(File.OpenHandle(loop.Path), 8192);
        Assert.Equal(File.ReadAllBytes(path)[4096..12288], source.ReadExactly(0, 8192));
    }

    [SkippableFact]
    public void A_verified_device_gives_what_the_tree_says_and_an_error_for_what_was_changed()
    {
        SkipWithoutLoop();
        Skip.IfNot(File.Exists(DeviceMapperControl.DefaultPath), "this kernel has no device mapper");
        string path = Write("data", 40 * 4096);
        using FileSource data = FileSource.Open(path);
        FsVerityDescriptor descriptor = FsVerityDescriptor.Of(data, out ReadOnlyMemory<byte> tree);
        string hashes = Path.Combine(_directory, "hashes");
        File.WriteAllBytes(hashes, tree.ToArray());
        LinuxBlockDevices devices = new();
        string device;
        using (ILoop dataLoop = devices.AttachLoop(path, 0, 40 * 4096))
        using (ILoop hashLoop = devices.AttachLoop(hashes, 0, new FileInfo(hashes).Length))
        {
            device = devices.CreateVerity(new VerityDevice("test-verity", dataLoop.Path, hashLoop.Path, 40 * 4096, 0, descriptor.RootHash[..32], default));
        }

        try
        {
            using var verified = new FileSource(File.OpenHandle(device), 40 * 4096);
            Assert.Equal(File.ReadAllBytes(path), verified.ReadExactly(0, 40 * 4096));
        }
        finally
        {
            devices.Remove("test-verity");
        }
    }

    [SkippableFact]
    public void An_encrypted_device_gives_back_what_was_written_and_has_none_of_it_below()
    {
        SkipWithoutLoop();
        Skip.IfNot(File.Exists(DeviceMapperControl.DefaultPath), "this kernel has no device mapper");
        string path = Write("store", 1 << 20);
        using PosixFile backing = PosixFile.Open(path, OpenFlags.O_RDWR);
        using LoopDevice loop = LoopDevice.Attach(backing, 0, 0, readOnly: false);
        LinuxBlockDevices devices = new();
        byte[] text = [.. Enumerable.Repeat("a secret of the payload "u8.ToArray(), 1000).SelectMany(bytes => bytes)];
        string device = devices.CreateCrypt("test-crypt", loop.Path, 1 << 20, new byte[32]);
        try
        {
            using PosixFile store = PosixFile.Open(device, OpenFlags.O_RDWR);
            store.WriteAt(text, 0);
            Assert.Equal(0, FileSpace.Flush(store));
        }
        finally
        {
            devices.Remove("test-crypt");
        }

        Assert.Equal(-1, File.ReadAllBytes(path).AsSpan().IndexOf("a secret"u8));
    }

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("erofs")]
    public void An_APEXs_file_system_is_told_by_its_superblock_and_mounted_read_only(string type)
    {
        SkipWithoutLoop();
        Skip.IfNot(File.ReadLines("/proc/filesystems").Any(line => line.Trim() == type), $"this kernel has no {type}");
        string content = Directory.CreateDirectory(Path.Combine(_directory, "content")).FullName, image = Path.Combine(_directory, "image");
        File.WriteAllText(Path.Combine(content, "file"), "text");
        if (type == "ext4")
        {
            Tool.Filter([], "mke2fs", "-q", "-t", "ext4", "-d", content, image, "4M");
        }
        else
        {
            Tool.Filter([], "mkfs.erofs", "--quiet", image, content);
        }

        long size = new FileInfo(image).Length / 4096 * 4096;
        string root = Directory.CreateDirectory(Path.Combine(_directory, "apex")).FullName;
        using Plain devices = new();
        LinuxMounts mounts = new();
        string target = new ApexMounts(devices, mounts, root).Mount(
            new VerifiedApex(image, new ApexIdentity("com.example.apex", 1, default, new byte[32], default, 0, size, size, 0), null!));
        try
        {
            Assert.Equal(Path.Combine(root, "com.example.apex"), target);
            Assert.Equal("text", File.ReadAllText(Path.Combine(target, "file")));
            Assert.Contains(File.ReadLines("/proc/self/mounts"), line => line.Contains($" {target} {type} ro,nosuid,nodev", StringComparison.Ordinal));
            Assert.ThrowsAny<IOException>(() => File.WriteAllText(Path.Combine(target, "new"), ""));
        }
        finally
        {
            mounts.Detach(target);
        }

        Assert.Empty(Directory.GetFileSystemEntries(target));
    }

    private static void SkipWithoutLoop() =>
        Skip.IfNot(Environment.IsPrivilegedProcess && File.Exists("/dev/loop-control"), "needs root and a loop driver");

    private string Write(string name, int length)
    {
        string path = Path.Combine(_directory, name);
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Loop devices without dm-verity, held for the test as dm-verity would.</summary>
    private sealed class Plain : IBlockDevices, IDisposable
    {
        private readonly List<ILoop> _loops = [];

        public ILoop AttachLoop(string device, long offset, long size)
        {
            _loops.Add(new LinuxBlockDevices().AttachLoop(device, offset, size));
            return new Held(_loops[^1].Path);
        }

        public string CreateVerity(VerityDevice device) => device.DataDevice;

        public string CreateCrypt(string name, string device, long size, ReadOnlySpan<byte> key) => throw new NotSupportedException();

        public void Remove(string name) => throw new NotSupportedException();

        public void Dispose() => _loops.ForEach(loop => loop.Dispose());

        private sealed class Held(string path) : ILoop
        {
            public string Path => path;

            public void Dispose()
            {
            }
        }
    }
}
