using Kvm.Interop.Files;

namespace Kvm.Interop.Tests.Files;

/// <summary>Loop devices and mounts, where this machine lets its user make them.</summary>
public class LoopDeviceTests
{
    [SkippableFact]
    public void A_loop_device_shows_a_part_of_a_file_from_any_byte()
    {
        Skip.IfNot(CanMake(out string reason), reason);
        string path = Path.GetTempFileName();
        byte[] content = new byte[20_000];
        new Random(7).NextBytes(content);
        File.WriteAllBytes(path, content);
        string device;
        using (PosixFile file = PosixFile.Open(path, OpenFlags.O_RDONLY))
        using (LoopDevice loop = LoopDevice.Attach(file, 4129, 8192, readOnly: true))
        {
            device = loop.Path;
            using DiskDescriptor disk = DiskDescriptor.Open(device, writable: false, direct: false);
            Assert.Equal(8192ul, disk.Size);
            byte[] read = new byte[8192];
            using PosixFile again = PosixFile.Open(device, OpenFlags.O_RDONLY);
            Assert.Equal(8192, again.ReadAt(read, 0));
            Assert.Equal(content.AsSpan(4129, 8192).ToArray(), read);
        }

        File.Delete(path);
        Assert.True(SpinWait.SpinUntil(() => !File.Exists($"/sys/block/{Path.GetFileName(device)}/loop/backing_file"), 5000), $"{device} is still there");
    }

    [SkippableFact]
    public void A_file_system_on_a_loop_device_is_mounted_with_its_flags_and_unmounted()
    {
        Skip.IfNot(CanMake(out string reason), reason);
        string directory = Directory.CreateTempSubdirectory().FullName, image = Path.Combine(directory, "image"), target = Path.Combine(directory, "target");
        Directory.CreateDirectory(target);
        Tool.Filter([], "mke2fs", "-q", "-t", "ext4", image, "4M");
        using (PosixFile file = PosixFile.Open(image, OpenFlags.O_RDWR))
        using (LoopDevice loop = LoopDevice.Attach(file, 0, 0, readOnly: false))
        {
            FileSystemMount.Attach(loop.Path, target, "ext4", MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC);
            try
            {
                File.WriteAllText(Path.Combine(target, "file"), "text");
                FileSystemMount.Synchronize(target);
                Assert.Contains(File.ReadLines("/proc/self/mounts"), line => line.Contains($" {target} ext4 rw,nosuid,nodev,noexec", StringComparison.Ordinal));
                FileOwner.Change(target, 6000, 6000);
            }
            finally
            {
                FileSystemMount.Detach(target);
            }
        }

        Assert.Empty(Directory.GetFiles(target));
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => FileSystemMount.Detach(target)).Errno);
        Directory.Delete(directory, recursive: true);
    }

    private static bool CanMake(out string reason)
    {
        reason = Environment.IsPrivilegedProcess && File.Exists("/dev/loop-control") ? "" : "needs root and a loop driver";
        return reason.Length == 0;
    }
}
