using System.Security.Cryptography;
using System.Text;
using BootLoader.Apex;
using BootLoader.Apk;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Sources;
using BootLoader.Zip;
using Microdroid.Debugging;
using Microdroid.Devices;
using Microdroid.Failure;
using Microdroid.Payload;
using Virtualization.Payload;
using VerifiedPayload = Microdroid.Payload.VerifiedPayload;

namespace Microdroid.Tests.Flow;

/// <summary>Genuine APKs and idsigs on partitions, with zeros behind them; only dm-verity is played.</summary>
public sealed class RealPackagesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("packages-").FullName;
    private readonly Dictionary<string, Partition> _partitions = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_signed_APK_gives_its_root_signer_and_name_and_its_files()
    {
        using ApkSigningKey key = ApkSigningKey.Create("somebody");
        byte[] apk = Build("com.example.payload", 0x1_0000_0005, key);
        byte[] idsig = Idsig.Create(new MemorySource(apk));
        Write("microdroid-apk", apk);
        Write("microdroid-apk-idsig", idsig);
        VerifiedPayload payload = Verify(saved: null);
        Assert.Equal(Idsig.Read(new MemorySource(idsig)).RootHash.ToArray(), payload.Apk.Data.RootHash.ToArray());
        Assert.Equal(System.Security.Cryptography.SHA512.HashData(key.Certificate.Span), payload.Apk.Data.CertificateHash.ToArray());
        Assert.Equal(("com.example.payload", 0x1_0000_0005ul), (payload.Apk.Data.PackageName, payload.Apk.Data.VersionCode));
        using FileSource source = ApkSource.Open(payload.Apk);
        Packages packages = new(GuestLog.None);
        Assert.True(packages.HasEntry(source, "lib/arm64-v8a/payload.so"));
        Assert.False(packages.HasEntry(source, "lib/arm64-v8a/other.so"));
        Assert.Equal("{}", Encoding.UTF8.GetString(packages.ReadEntry(source, "assets/vm_config.json", 100)!));

        // Later its root is known, and its signature is read only: the record is the same.
        Assert.Equal(payload.Data, Verify(payload.Data).Data);
    }

    [Fact]
    public void Whatever_byte_of_the_APK_or_idsig_is_changed_nothing_unsigned_is_taken()
    {
        using ApkSigningKey key = ApkSigningKey.Create("somebody");
        byte[] apk = Build("com.example.payload", 1, key);
        byte[] idsig = Idsig.Create(new MemorySource(apk));
        Write("microdroid-apk", apk);
        Write("microdroid-apk-idsig", idsig);
        VerifiedPayload genuine = Verify(saved: null);
        Random random = new(11);
        for (int i = 0; i < 60; i++)
        {
            byte[] changed = [.. apk];
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            Write("microdroid-apk", changed);
            // The host gives the tree that belongs to the changed APK: dm-verity takes it, so it is the signature's turn.
            Write("microdroid-apk-idsig", Tree(idsig, changed));
            AssertRefusedOrSame(genuine);
        }

        Write("microdroid-apk", apk);
        for (int i = 0; i < Math.Min(idsig.Length, 200); i++)
        {
            byte[] changed = [.. idsig];
            changed[i] ^= 0x40;
            Write("microdroid-apk-idsig", changed);
            AssertRefusedOrSame(genuine);
        }
    }

    [Fact]
    public void An_APEX_in_a_partition_that_is_larger_by_zeros_gives_its_name_key_and_tree()
    {
        using RSA rsa = RSA.Create(2048);
        using AvbSigningKey key = AvbSigningKey.FromPem(rsa.ExportRSAPrivateKeyPem());
        byte[] apex = BuildApex(key);
        Assert.NotEqual(0, apex.Length % ZipSections.PartitionBlock);
        Write("microdroid-apex-0", apex);
        using FileSource partition = FileSource.Open(_partitions["microdroid-apex-0"].Device);

        ApexIdentity identity = new Packages(GuestLog.None).ReadApex(partition);

        Assert.Equal(("com.example.module", 42L), (identity.Name, identity.Version));
        Assert.Equal(key.PublicKeyBlob, identity.PublicKey.ToArray());
        Assert.Equal(32, identity.RootDigest.Length);
    }

    private static byte[] BuildApex(AvbSigningKey key)
    {
        byte[] data = new byte[50_000];
        using var image = new MemoryStream(data);
        PartitionImage made = PartitionFooter.AddHashtree(
            image, new PartitionFooterOptions { PartitionName = "module", Salt = new byte[] { 1 } }, new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa2048, Key = key });
        byte[] payload = new byte[made.Size];
        data.CopyTo(payload, 0);
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in made.Parts)
        {
            bytes.CopyTo(payload.AsMemory((int)offset));
        }

        using var output = new MemoryStream();
        ApexBuilder.Build(new ApexManifest("com.example.module", 42), new MemorySource(payload), output, null);
        return output.ToArray();
    }

    private void AssertRefusedOrSame(VerifiedPayload genuine)
    {
        try
        {
            VerifiedPayload payload = Verify(saved: null);
            // What is no part of what is signed (such as bytes in the signing block) may differ; signer and name may not.
            Assert.Equal(genuine.Apk.Data.CertificateHash.ToArray(), payload.Apk.Data.CertificateHash.ToArray());
            Assert.Equal(genuine.Apk.Data.PackageName, payload.Apk.Data.PackageName);
            Assert.Equal(genuine.Apk.Data.VersionCode, payload.Apk.Data.VersionCode);
        }
        catch (MicrodroidException e)
        {
            Assert.Equal(FailureReason.PayloadVerificationFailed, e.Reason);
        }
    }

    private static byte[] Tree(byte[] idsig, byte[] apk)
    {
        BootLoader.FsVerity.FsVerityDescriptor descriptor = BootLoader.FsVerity.FsVerityDescriptor.Of(new MemorySource(apk), out _);
        byte[] changed = [.. idsig];
        int root = changed.AsSpan().IndexOf(Idsig.Read(new MemorySource(idsig)).RootHash.Span);
        descriptor.RootHash.Span[..32].CopyTo(changed.AsSpan(root));
        return changed;
    }

    private static byte[] Build(string package, ulong version, ApkSigningKey key)
    {
        byte[] code = new byte[20_000];
        new Random(3).NextBytes(code);
        using MemoryStream output = new();
        new ApkBuilder(package, version)
            .Add("lib/arm64-v8a/payload.so", new MemorySource(code))
            .Add("assets/vm_config.json", new MemorySource("{}"u8.ToArray()))
            .Build(output, key);
        return output.ToArray();
    }

    private void Write(string label, byte[] content)
    {
        byte[] padded = [.. content, .. new byte[((content.Length + 4095) / 4096 * 4096) - content.Length]];
        string path = Path.Combine(_directory, label);
        File.WriteAllBytes(path, padded);
        _partitions[label] = new Partition(label, path, padded.Length);
    }

    private VerifiedPayload Verify(BootLoader.InstanceImage.Microdroid.MicrodroidData? saved)
    {
        PayloadMetadata metadata = new()
        {
            Apk = new ApkPayload { PayloadPartitionName = "microdroid-apk", IdsigPartitionName = "microdroid-apk-idsig" },
            Config = new PayloadConfig { PayloadBinaryName = "payload.so" },
        };
        return new PayloadVerifier(new Found(_partitions), new Verity(), new Packages(GuestLog.None), GuestLog.None).Verify(metadata, saved);
    }

    private sealed class Found(Dictionary<string, Partition> partitions) : IPartitions
    {
        public Partition? Find(string label) => partitions.TryGetValue(label, out Partition partition) ? partition : null;
    }

    /// <summary>dm-verity as it would decide: the data must have the root.</summary>
    private sealed class Verity : IBlockDevices
    {
        public ILoop AttachLoop(string device, long offset, long size) => new Loop(device, offset, size);

        public string CreateVerity(VerityDevice device)
        {
            using FileSource data = FileSource.Open(device.DataDevice);
            BootLoader.FsVerity.FsVerityDescriptor descriptor = BootLoader.FsVerity.FsVerityDescriptor.Of(data, out _);
            return descriptor.RootHash.Span[..32].SequenceEqual(device.RootDigest.Span) && device.Salt.IsEmpty
                ? device.DataDevice
                : "/nothing/that/is/verified";
        }

        public string CreateCrypt(string name, string device, long size, ReadOnlySpan<byte> key) => throw new NotSupportedException();

        public void Remove(string name) => throw new NotSupportedException();

        private sealed class Loop : ILoop
        {
            public Loop(string device, long offset, long size)
            {
                if (offset < 0 || size <= 0 || size > new FileInfo(device).Length - offset)
                {
                    throw new IOException("no such part");
                }

                Path = device;
            }

            public string Path { get; }

            public void Dispose()
            {
            }
        }
    }
}
