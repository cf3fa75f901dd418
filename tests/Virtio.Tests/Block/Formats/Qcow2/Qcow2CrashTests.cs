using Kvm.Interop;
using Kvm.Interop.Files;
using Virtio.Block.Formats.Qcow2;

namespace Virtio.Tests.Block.Formats.Qcow2;

public sealed class Qcow2CrashTests : IDisposable
{
    private const int Size = 1 << 20;

    private readonly ImageFolder _folder = new();

    [SkippableFact]
    public void The_file_is_sound_at_every_moment_and_has_what_was_flushed()
    {
        byte[] below = DiskBytes.Pattern(1, Size);
        File.WriteAllBytes(_folder["below"], below);
        Random random = new(11);
        byte[] flushed = [.. below];
        bool[] changedSince = new bool[Size / 512];
        byte[] bytes = new byte[4096];
        using Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(Size) { ClusterBits = 9, BackingFile = "below" });
        byte[] model = [.. below];
        for (int moment = 0; moment < 60; moment++)
        {
            for (int step = 0; step < 30; step++)
            {
                int sector = random.Next((Size / 512) - 8);
                if (random.Next(4) == 0)
                {
                    Assert.Equal(0, disk.WriteZeroes((ulong)sector * 512, 4096, mayUnmap: true));
                    model.AsSpan(sector * 512, 4096).Clear();
                }
                else
                {
                    random.NextBytes(bytes);
                    disk.Write((ulong)sector * 512, bytes);
                    bytes.CopyTo(model, sector * 512);
                }

                changedSince.AsSpan(sector, 8).Fill(true);
            }

            if (random.Next(3) == 0)
            {
                Assert.Equal(0, disk.Flush());
                model.CopyTo(flushed, 0);
                changedSince.AsSpan().Clear();
            }

            // What a process that is killed now leaves.
            File.Copy(_folder["disk"], _folder["left"], overwrite: true);
            _folder.AssertSound("left");
            using Qcow2Disk left = _folder.OpenQcow2("left");
            byte[] content = left.Read(0, Size);
            for (int sector = 0; sector < changedSince.Length; sector++)
            {
                if (!changedSince[sector])
                {
                    Assert.True(content.AsSpan(sector * 512, 512).SequenceEqual(flushed.AsSpan(sector * 512, 512)), $"sector {sector} was flushed and is not there");
                }
            }
        }
    }

    [SkippableTheory]
    [InlineData(3, 9)]
    [InlineData(2, 10)]
    public void A_host_that_stops_with_any_part_of_what_no_barrier_followed_leaves_a_sound_file(int version, int clusterBits)
    {
        const int MostChecks = 60;
        Random random = new(5);
        int checks = 0;
        List<(ulong Offset, byte[] Before)> pending = [];
        using Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(Size) { Version = version, ClusterBits = clusterBits });
        disk.Image.Passed = pending.Clear;
        disk.Image.Writing = (offset, length) =>
        {
            byte[] file = File.ReadAllBytes(_folder["disk"]);
            if (pending.Count > 0 && checks < MostChecks && random.Next(8) == 0)
            {
                checks++;
                AssertSoundWithout(file, pending.Where(_ => random.Next(2) == 0).Reverse());
            }

            pending.Add((offset, file[(int)offset..((int)offset + length)]));
        };
        byte[] bytes = new byte[8192];
        for (int step = 0; step < 400; step++)
        {
            random.NextBytes(bytes);
            ulong offset = (ulong)random.Next((Size / 512) - 16) * 512;
            _ = random.Next(10) switch
            {
                < 8 => disk.TryWrite(offset, bytes),
                8 => disk.WriteZeroes(offset, 8192, mayUnmap: true),
                _ => disk.Flush(),
            };
        }

        Assert.Equal(0, disk.Resize(16 << 20));
        disk.Image.Writing = null;
        Assert.InRange(checks, 10, MostChecks);
    }

    [SkippableFact]
    public void A_host_without_room_gives_errors_and_the_rest_of_the_disk_lives()
    {
        using (Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(Size) { ClusterBits = 12 }))
        {
            disk.Write(0, DiskBytes.Pattern(1, 8192));
        }

        // A file that cannot become longer.
        byte[] image = File.ReadAllBytes(_folder["disk"]);
        MemFd file = MemFd.Create("image", (ulong)image.Length);
        Assert.Equal(0, FileTransfer.WriteAll(file, image, 0));
        using (Qcow2Disk disk = Qcow2Disk.Open(file.Duplicate(), readOnly: false, allowBacking: false))
        {
            Assert.Equal(Errno.EPERM, disk.TryWrite(65536, new byte[512]));
            Assert.Equal(Errno.EPERM, disk.Resize(1 << 30));
            disk.Write(4096, DiskBytes.Pattern(2, 4096));
            Assert.Equal(0, disk.Flush());
            Assert.Equal([.. DiskBytes.Pattern(1, 8192)[..4096], .. DiskBytes.Pattern(2, 4096)], disk.Read(0, 8192));
            Assert.Equal(new byte[4096], disk.Read(65536, 4096));
            Assert.Null(disk.Fault);
        }

        Assert.Equal(0, FileTransfer.ReadAll(file, image, 0));
        File.WriteAllBytes(_folder["left"], image);
        _folder.AssertSound("left");
        file.Dispose();
    }

    public void Dispose() => _folder.Dispose();

    private void AssertSoundWithout(byte[] file, IEnumerable<(ulong Offset, byte[] Before)> lost)
    {
        foreach ((ulong offset, byte[] before) in lost)
        {
            before.CopyTo(file, (int)offset);
        }

        File.WriteAllBytes(_folder["left"], file);
        _folder.AssertSound("left");
    }
}
