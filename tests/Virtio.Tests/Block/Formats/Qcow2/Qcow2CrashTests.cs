using Kvm.Interop;
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

    [SkippableFact]
    public void Each_write_of_metadata_alone_leaves_a_sound_file()
    {
        // The moments between two system calls: the trace of a run is played back to each of its writes.
        (int status, _, string errors) = Tool.Run([], "qemu-img", "--version");
        Assert.True(status == 0, errors);
        using Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(Size) { ClusterBits = 9 });
        disk.Write(0, DiskBytes.Pattern(1, 100_000));
        Assert.Equal(0, disk.Flush());
        byte[] before = File.ReadAllBytes(_folder["disk"]);
        disk.Write(200_192, DiskBytes.Pattern(2, 200_192));
        Assert.Equal(0, disk.Flush());
        byte[] after = File.ReadAllBytes(_folder["disk"]);

        // Counts come first: a file with the new counts and data, and the old tables, has lost clusters and nothing else.
        byte[] tables = [.. after];
        foreach (ulong table in Tables(after))
        {
            int offset = (int)table;
            if (offset + 512 <= before.Length)
            {
                before.AsSpan(offset, 512).CopyTo(tables.AsSpan(offset));
            }
        }

        int l1 = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(after.AsSpan(40));
        before.AsSpan(l1, 512).CopyTo(tables.AsSpan(l1));
        File.WriteAllBytes(_folder["left"], tables);
        _folder.AssertSound("left");
    }

    [SkippableFact]
    public void A_host_that_refuses_to_write_gives_errors_and_leaves_a_sound_file()
    {
        using (Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(1 << 30) { ClusterBits = 16 }))
        {
            // Larger than what a file may have here, as on a full disk: the offset that ftruncate would need does not exist.
            Assert.Equal(Errno.EFBIG, disk.Resize(1UL << 62));
            disk.Write(0, DiskBytes.Pattern(1, 65536));
        }

        _folder.AssertClean("disk");
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<ulong> Tables(byte[] image)
    {
        int l1 = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(40));
        int entries = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(36));
        for (int i = 0; i < entries; i++)
        {
            ulong table = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(l1 + (i * 8))) & 0x00ff_ffff_ffff_fe00;
            if (table != 0)
            {
                yield return table;
            }
        }
    }
}
