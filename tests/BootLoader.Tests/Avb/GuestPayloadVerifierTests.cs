using System.Diagnostics;
using System.Security.Cryptography;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Cryptography;
using BootLoader.Verity;

namespace BootLoader.Tests.Avb;

public sealed class GuestPayloadVerifierTests
{
    [Fact]
    public void A_kernel_without_initrd_is_verified_and_described()
    {
        using var test = new TestPayload();
        test.With(
            AvbDescriptors.Property("com.android.virt.cap", "remote_attest|secretkeeper_protection|supports_uefi_boot|trusty_security_vm"u8),
            AvbDescriptors.Property("com.android.virt.page_size", "16"u8),
            AvbDescriptors.Property("com.android.virt.name", "a guest"u8),
            AvbDescriptors.Property("com.android.virt.uuid", "AE6B8440-3bb3-4424-90d4-eb588c260149"u8));
        Assert.Equal(PayloadFault.None, GuestPayloadVerifier.Verify<HostCryptography>(test.Build(), [], test.PublicKey, out VerifiedPayload payload));
        byte[] digest = new byte[32];
        payload.KernelDigest.CopyTo(digest);
        Assert.Equal(SHA256.HashData([9, 8, 7, 6, .. test.Kernel]), digest);
        Assert.True(payload.InitrdDigest.IsZero);
        Assert.Equal((ulong)test.Kernel.Length, payload.KernelSize);
        Assert.Equal(7UL, payload.RollbackIndex);
        Assert.Equal(GuestDebugLevel.None, payload.DebugLevel);
        Assert.Equal((GuestCapabilities)15, payload.Capabilities);
        Assert.Equal(16384u, payload.PageSize);
        Assert.Equal("a guest"u8, payload.Name);
        Assert.True(payload.IsRkpVm);
        Assert.Equal(test.PublicKey, payload.PublicKey.ToArray());
    }

    [Fact]
    public void The_initrd_decides_whether_the_guest_may_be_debugged()
    {
        using var test = new TestPayload();
        byte[] kernel = test.WithInitrds().Build();
        Assert.Equal(PayloadFault.None, GuestPayloadVerifier.Verify<HostCryptography>(kernel, test.Normal, test.PublicKey, out VerifiedPayload normal));
        Assert.Equal(GuestDebugLevel.None, normal.DebugLevel);
        byte[] digest = new byte[32];
        normal.InitrdDigest.CopyTo(digest);
        Assert.Equal(SHA256.HashData([1, 2, 3, .. test.Normal]), digest);
        Assert.False(normal.IsRkpVm);
        Assert.Equal(PayloadFault.None, GuestPayloadVerifier.Verify<HostCryptography>(kernel, test.Debug, test.PublicKey, out VerifiedPayload debug));
        Assert.Equal(GuestDebugLevel.Full, debug.DebugLevel);
        debug.InitrdDigest.CopyTo(digest);
        Assert.Equal(SHA256.HashData([1, 2, 3, .. test.Debug]), digest);
    }

    [Fact]
    public void An_initrd_that_is_missing_or_is_not_the_signed_one_is_refused()
    {
        using var with = new TestPayload();
        byte[] kernel = with.WithInitrds().Build();
        Assert.Equal(PayloadFault.RamdiskMissing, Verify(kernel, [], with));
        Assert.Equal(PayloadFault.RamdiskSizeMismatch, Verify(kernel, [.. with.Normal, .. new byte[5]], with));
        Assert.Equal(PayloadFault.RamdiskSizeMismatch, Verify(kernel, with.Normal.AsSpan(0, with.Normal.Length - 1), with));
        byte[] changed = [.. with.Debug];
        changed[^1] ^= 1;
        Assert.Equal(PayloadFault.RamdiskHashMismatch, Verify(kernel, changed, with));

        using var without = new TestPayload();
        Assert.Equal(PayloadFault.RamdiskNotExpected, Verify(without.Build(), without.Normal, without));
    }

    [Fact]
    public void Every_flipped_bit_of_a_guest_kernel_is_refused()
    {
        using var test = new TestPayload { Kernel = new byte[20] };
        byte[] whole = test.With(test.KernelDescriptor()).WithInitrds().BuildRaw();
        // Zeros between the parts are flipped a bit a byte: they are all treated alike.
        AvbFooter.Read(whole, out AvbFooter footer);
        int vbmetaEnd = (int)(footer.VbmetaOffset + footer.VbmetaSize), footerStart = whole.Length - AvbFooter.Size;
        for (int at = 0; at < whole.Length; at++)
        {
            bool part = at < 20 || (at >= (int)footer.VbmetaOffset && at < vbmetaEnd) || at >= footerStart;
            // The footer's minor version: every one of them means the same.
            if ((at >= footerStart + 8 && at < footerStart + 12) || (!part && at % 64 != 0))
            {
                continue;
            }

            for (int bit = 0; bit < (part ? 8 : 1); bit++)
            {
                whole[at] ^= (byte)(1 << bit);
                PayloadFault fault = GuestPayloadVerifier.Verify<HostCryptography>(whole, test.Normal, test.PublicKey, out VerifiedPayload payload);
                Assert.True(fault != PayloadFault.None, $"bit {bit} of byte {at}");
                Assert.True(payload.PublicKey.IsEmpty && payload.KernelDigest.IsZero);
                whole[at] ^= (byte)(1 << bit);
            }
        }
    }

    [Fact]
    public void A_guest_kernel_cut_anywhere_is_refused()
    {
        using var test = new TestPayload();
        byte[] whole = test.With(test.KernelDescriptor()).BuildRaw();
        AvbFooter.Read(whole, out AvbFooter footer);
        int vbmetaEnd = (int)(footer.VbmetaOffset + footer.VbmetaSize), footerStart = whole.Length - AvbFooter.Size;
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Equal(PayloadFault.NoFooter, Verify(whole.AsSpan(0, length), [], test));
        }

        // With the footer put behind what is left of the image: only zeros may be missing.
        foreach (int length in Enumerable.Range(0, footerStart).Where(length => length % 61 == 0 || Math.Abs(length - vbmetaEnd) < 70))
        {
            PayloadFault fault = Verify([.. whole.AsSpan(0, length), .. whole.AsSpan(footerStart)], [], test);
            Assert.True(fault == (length < vbmetaEnd ? PayloadFault.FooterOutOfBounds : PayloadFault.None), $"{length}: {fault}");
        }
    }

    [Fact]
    public void Each_descriptor_that_a_guest_kernel_must_not_have_is_refused_by_its_kind()
    {
        byte[] key = new byte[AvbPublicKey.BlobSize(2048)];
        (PayloadFault Fault, byte[] Descriptor)[] refused =
        [
            (PayloadFault.ChainDescriptor, AvbDescriptors.ChainPartition("vendor", 1, key)),
            (PayloadFault.HashtreeDescriptor, AvbDescriptors.Hashtree("system", 4096, 0, 4096, "sha256", [], new byte[32])),
            (PayloadFault.KernelCmdlineDescriptor, AvbDescriptors.KernelCmdline("quiet")),
            (PayloadFault.UnknownDescriptor, [0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]),
            (PayloadFault.UnknownPartition, AvbDescriptors.Hash("initrd", 1, "sha256", [], new byte[32])),
            (PayloadFault.RepeatedPartition, AvbDescriptors.Hash("boot", 1, "sha256", [], new byte[32])),
            (PayloadFault.UnsupportedHashAlgorithm, AvbDescriptors.Hash("initrd_normal", 1, "sha512", [], new byte[64])),
            (PayloadFault.UnsupportedHashAlgorithm, AvbDescriptors.Hash("initrd_normal", 1, "sha25", [], new byte[32])),
            (PayloadFault.BadDigestLength, AvbDescriptors.Hash("initrd_normal", 1, "sha256", [], new byte[31])),
            (PayloadFault.BadDigestLength, AvbDescriptors.Hash("initrd_normal", 1, "sha256", [], [])),
            (PayloadFault.UnknownProperty, AvbDescriptors.Property("com.android.virt.caps", "remote_attest"u8)),
            (PayloadFault.UnknownCapability, AvbDescriptors.Property("com.android.virt.cap", "remote_attest|fly"u8)),
            (PayloadFault.UnknownCapability, AvbDescriptors.Property("com.android.virt.cap", "remote_attest|"u8)),
            (PayloadFault.UnknownCapability, AvbDescriptors.Property("com.android.virt.cap", ""u8)),
            (PayloadFault.RepeatedCapability, AvbDescriptors.Property("com.android.virt.cap", "remote_attest|remote_attest"u8)),
            (PayloadFault.BadPageSize, AvbDescriptors.Property("com.android.virt.page_size", "8"u8)),
            (PayloadFault.BadPageSize, AvbDescriptors.Property("com.android.virt.page_size", "04"u8)),
            (PayloadFault.BadName, AvbDescriptors.Property("com.android.virt.name", ""u8)),
            (PayloadFault.BadName, AvbDescriptors.Property("com.android.virt.name", "a\nb"u8)),
            (PayloadFault.BadName, AvbDescriptors.Property("com.android.virt.name", new byte[257])),
            (PayloadFault.BadUuid, AvbDescriptors.Property("com.android.virt.uuid", "ae6b8440-3bb3-4424-90d4-eb588c26014"u8)),
            (PayloadFault.BadUuid, AvbDescriptors.Property("com.android.virt.uuid", "ae6b8440-3bb3-4424-90d4-eb588c26014g"u8)),
            (PayloadFault.BadUuid, AvbDescriptors.Property("com.android.virt.uuid", "ae6b844003bb3-4424-90d4-eb588c260149"u8)),
        ];
        foreach ((PayloadFault fault, byte[] descriptor) in refused)
        {
            using var test = new TestPayload();
            Assert.Equal(fault, Verify(test.With(test.KernelDescriptor(), descriptor).BuildRaw(), [], test));
        }
    }

    [Theory]
    [InlineData("com.android.virt.cap", "remote_attest")]
    [InlineData("com.android.virt.page_size", "4")]
    [InlineData("com.android.virt.name", "n")]
    [InlineData("com.android.virt.uuid", "ae6b8440-3bb3-4424-90d4-eb588c260149")]
    public void A_property_that_is_there_twice_is_refused(string key, string value)
    {
        using var test = new TestPayload();
        byte[] property = AvbDescriptors.Property(key, System.Text.Encoding.ASCII.GetBytes(value));
        Assert.Equal(PayloadFault.RepeatedProperty, Verify(test.With(property, property).Build(), [], test));
    }

    [Fact]
    public void A_signed_vbmeta_that_says_the_wrong_thing_is_refused_by_what_it_says()
    {
        using var unsigned = new TestPayload { Signed = false };
        Assert.Equal(PayloadFault.NotSigned, Verify(unsigned.Build(), [], unsigned));
        using var disabled = new TestPayload { Flags = VbmetaFlags.VerificationDisabled };
        Assert.Equal(PayloadFault.VerificationDisabled, Verify(disabled.Build(), [], disabled));
        using var hashtree = new TestPayload { Flags = VbmetaFlags.HashtreeDisabled };
        Assert.Equal(PayloadFault.UnexpectedFlags, Verify(hashtree.Build(), [], hashtree));
        using var sha512 = new TestPayload { Hash = DmVerityHash.Sha512 };
        Assert.Equal(PayloadFault.UnsupportedHashAlgorithm, Verify(sha512.Build(), [], sha512));
        using var vendor = new TestPayload { PartitionName = "initrd_normal" };
        Assert.Equal(PayloadFault.KernelDescriptorMissing, Verify(vendor.Build(), [], vendor));
        using var other = new TestPayload();
        byte[] shorter = AvbDescriptors.Hash("boot", (ulong)other.Kernel.Length - 1, "sha256", [], SHA256.HashData(other.Kernel.AsSpan(0, other.Kernel.Length - 1)));
        Assert.Equal(PayloadFault.KernelSizeMismatch, Verify(other.With(shorter).BuildRaw(), [], other));
        using var wrong = new TestPayload();
        Assert.Equal(PayloadFault.KernelHashMismatch, Verify(wrong.With(AvbDescriptors.Hash("boot", (ulong)wrong.Kernel.Length, "sha256", [], new byte[32])).BuildRaw(), [], wrong));
        using var empty = new TestPayload();
        Assert.Equal(PayloadFault.KernelDescriptorMissing, Verify(empty.BuildRaw(), [], empty));
    }

    [Fact]
    public void Another_key_than_the_trusted_one_is_refused_however_good_its_signature()
    {
        using var test = new TestPayload();
        using AvbSigningKey other = AvbSigningKey.FromPem(AvbVectors.OtherPem2048);
        byte[] kernel = test.Build();
        Assert.Equal(PayloadFault.UntrustedPublicKey, GuestPayloadVerifier.Verify<HostCryptography>(kernel, [], other.PublicKeyBlob, out _));
        Assert.Equal(PayloadFault.UntrustedPublicKey, GuestPayloadVerifier.Verify<HostCryptography>(kernel, [], [], out _));
    }

    [Fact]
    public void A_vbmeta_that_is_too_long_is_refused()
    {
        byte[] image = new byte[256 << 10];
        new AvbFooter(0, 4096, VbmetaHeader.MaximumImage + 1).Write(image.AsSpan(image.Length - AvbFooter.Size));
        using var test = new TestPayload();
        Assert.Equal(PayloadFault.VbmetaTooLong, Verify(image, [], test));
    }

    [Fact]
    public void The_development_key_of_guests_signs_what_firmware_accepts()
    {
        using AvbSigningKey key = AvbVectors.RepositoryKey("guest.pem");
        byte[] kernel = new byte[5000];
        var vbmeta = new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa4096, Key = key };
        byte[] whole = TestPayload.Whole(kernel, PartitionFooter.AddHash(new MemoryStream(kernel), new PartitionFooterOptions { PartitionName = "boot" }, vbmeta));
        Assert.Equal(PayloadFault.None, GuestPayloadVerifier.Verify<HostCryptography>(whole, [], key.PublicKeyBlob, out _));
    }

    /// <summary>Descriptors and properties signed by the right key but written at random: the parser is all that stands between them and the guest.</summary>
    [Fact]
    public void Mutated_payloads_never_do_more_than_be_refused()
    {
        using var test = new TestPayload { Kernel = new byte[64] };
        byte[] whole = test.WithInitrds().With(AvbDescriptors.Property("com.android.virt.cap", "remote_attest"u8)).Build();
        AvbFooter.Read(whole, out AvbFooter footer);
        byte[] vbmeta = whole.AsSpan((int)footer.VbmetaOffset, (int)footer.VbmetaSize).ToArray();
        VbmetaImage.Open(vbmeta, out VbmetaImage image);
        byte[] descriptors = image.DescriptorBytes.ToArray();
        using AvbSigningKey key = AvbSigningKey.FromPem(AvbVectors.Pem2048);
        var random = new Random(20240607);
        var time = Stopwatch.StartNew();
        int verified = 0, rounds = 0;
        for (; time.Elapsed < TimeSpan.FromSeconds(1.5); rounds++)
        {
            byte[] mutated = [.. whole];
            Mutate(mutated, random);
            Verify(mutated, test.Normal, test);

            byte[] text = [.. descriptors];
            Mutate(text, random);
            byte[] signed = Resign(vbmeta, text, key);
            whole.CopyTo(mutated, 0);
            signed.CopyTo(mutated, (int)footer.VbmetaOffset);
            PayloadFault fault = GuestPayloadVerifier.Verify<HostCryptography>(mutated, test.Normal, test.PublicKey, out VerifiedPayload payload);
            Assert.True(fault is not (PayloadFault.VbmetaHashMismatch or PayloadFault.VbmetaSignatureMismatch or PayloadFault.InvalidVbmetaHeader), fault.ToString());
            if (fault == PayloadFault.None)
            {
                verified++;
                byte[] digest = new byte[32];
                payload.InitrdDigest.CopyTo(digest);
                Assert.Equal(SHA256.HashData([1, 2, 3, .. test.Normal]), digest);
            }
        }

        Assert.True(rounds > 50, $"{rounds} rounds, {verified} of them verified");
    }

    private static byte[] Resign(byte[] vbmeta, byte[] descriptors, AvbSigningKey key)
    {
        byte[] bytes = [.. vbmeta];
        VbmetaImage.Open(bytes, out VbmetaImage image);
        int auxiliary = VbmetaHeader.Size + (int)image.Header.AuthenticationSize;
        descriptors.CopyTo(bytes, auxiliary + (int)image.Header.DescriptorsOffset);
        byte[] digest = SHA256.HashData([.. bytes.AsSpan(0, VbmetaHeader.Size), .. bytes.AsSpan(auxiliary)]);
        digest.CopyTo(bytes, VbmetaHeader.Size);
        key.Sign(AvbAlgorithm.Sha256Rsa2048, digest).CopyTo(bytes, VbmetaHeader.Size + 32);
        return bytes;
    }

    private static void Mutate(byte[] bytes, Random random)
    {
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            int at = random.Next(bytes.Length);
            bytes[at] = random.Next(4) switch
            {
                0 => (byte)(bytes[at] ^ (1 << random.Next(8))),
                1 => 0xff,
                2 => 0,
                _ => (byte)random.Next(256),
            };
        }
    }

    private static PayloadFault Verify(ReadOnlySpan<byte> kernel, ReadOnlySpan<byte> initrd, TestPayload test) =>
        GuestPayloadVerifier.Verify<HostCryptography>(kernel, initrd, test.PublicKey, out _);
}
