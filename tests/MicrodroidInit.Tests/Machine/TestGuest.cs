using System.Security.Cryptography;
using System.Text;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Super.Making;

namespace MicrodroidInit.Tests.Machine;

/// <summary>The system that a test's guest has: what goes wrong in a test is changed here before the machine is made.</summary>
internal sealed class TestGuest
{
    public const int ImageSize = 16 * 4096;
    public const int TreeSize = 4096;

    public static byte[] RootDigest { get; } = [.. Enumerable.Range(0, 32).Select(static i => (byte)(i * 3))];

    public byte[] Vbmeta { get; set; } = NewVbmeta(Hashtree());

    /// <summary>super, with its logical partitions' room.</summary>
    public byte[] Super { get; set; } = NewSuper(ImageSize + TreeSize);

    public string Bootconfig { get; set; } = "";

    /// <summary>The status that the manager ends with, as wait4 tells it.</summary>
    public int ManagerStatus { get; set; }

    public TestMachine Machine()
    {
        var machine = new TestMachine();
        machine.Files["/proc/bootconfig"] = Encoding.ASCII.GetBytes(Bootconfig == "" ? NewBootconfig(Vbmeta) : Bootconfig);
        machine.Disks!.Add("vda");
        machine.Files["/sys/class/block/vda/uevent"] = "MAJOR=254\nMINOR=0\nDEVNAME=vda\nDEVTYPE=disk\nDISKSEQ=1\n"u8.ToArray();
        byte[] partition = new byte[(Vbmeta.Length + 4095) / 4096 * 4096];
        Vbmeta.CopyTo(partition, 0);
        machine.AddPartition("vda1", "vbmeta_a", 1, partition);
        machine.AddPartition("vda2", "super", 2, Super);
        machine.Events.Enqueue((LinuxAbi.SIGCHLD, [(10, ManagerStatus)]));
        return machine;
    }

    public static string NewBootconfig(byte[] vbmeta, string debuggable = "1") =>
        $"androidboot.microdroid.debuggable = \"{debuggable}\"\nkernel.printk.devkmsg = \"on\"\n" +
        $"androidboot.vbmeta.size = \"{vbmeta.Length}\"\nandroidboot.vbmeta.hash_alg = \"sha256\"\n" +
        $"androidboot.vbmeta.digest = \"{Convert.ToHexStringLower(SHA256.HashData(vbmeta))}\"\n";

    public static byte[] Hashtree(string name = "system", string algorithm = "sha256", int blockSize = 4096, int salt = 2, int root = 32) =>
        AvbDescriptors.Hashtree(name, ImageSize, TreeSize, (uint)blockSize, algorithm, [.. Enumerable.Range(1, salt).Select(static i => (byte)i)], root == 32 ? RootDigest : new byte[root]);

    public static byte[] NewVbmeta(params byte[][] descriptors) => NewVbmeta(VbmetaFlags.None, descriptors);

    public static byte[] NewVbmeta(VbmetaFlags flags, params byte[][] descriptors)
    {
        var builder = new VbmetaBuilder { Flags = flags };
        foreach (byte[] descriptor in descriptors)
        {
            builder.Add(descriptor);
        }

        return builder.Build();
    }

    public static byte[] NewSuper(long size, string name = "system_a")
    {
        var builder = new SuperImageBuilder { MetadataSize = 4096, Alignment = 4096 };
        builder.Add(new LogicalPartition(name, size));
        SuperImage image = builder.Build();
        byte[] disk = new byte[image.Size];
        image.Start.CopyTo(disk, 0);
        return disk;
    }
}
