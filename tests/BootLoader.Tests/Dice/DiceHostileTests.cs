using BootLoader.Cbor;
using BootLoader.Cryptography;
using BootLoader.Dice;
using BootLoader.Dice.Host;

namespace BootLoader.Tests.Dice;

public sealed class DiceHostileTests
{
    private static readonly byte[] s_scratch = new byte[8192];

    [Fact]
    public void A_hand_over_cut_short_at_any_byte_is_refused()
    {
        byte[] handover = TestLayers.After(2);
        for (int length = 0; length < handover.Length; length++)
        {
            Assert.NotEqual(DiceError.None, DiceHandover.Read(handover.AsSpan(0, length), out _));
        }

        Assert.Equal(DiceError.TrailingBytes, DiceHandover.Read([.. handover, 0], out _));
        Assert.Equal(DiceError.None, DiceHandover.ReadPrefix([.. handover, 0, 0], out DiceHandover read, out int size));
        Assert.Equal(handover.Length, size);
        Assert.False(read.Chain.IsEmpty);
    }

    [Fact]
    public void A_chain_cut_short_at_any_byte_is_refused()
    {
        byte[] chain = TestLayers.Chain(TestLayers.After(2));
        for (int length = 0; length < chain.Length; length++)
        {
            Assert.False(DiceChain.Open(chain.AsSpan(0, length), out _).IsNone);
        }

        Assert.Equal(DiceError.TrailingBytes, DiceChain.Open([.. chain, 0], out _).Error);
    }

    [Theory]
    [InlineData(DiceKeyAlgorithm.Ed25519)]
    [InlineData(DiceKeyAlgorithm.P256)]
    [InlineData(DiceKeyAlgorithm.P384)]
    public void No_chain_with_a_bit_flipped_verifies(DiceKeyAlgorithm algorithm)
    {
        byte[] chain = TestLayers.Chain(TestLayers.After(2, algorithm));
        Assert.True(Verifies(chain));
        int opened = 0;

        // Curves are slow: of their chains one bit of each byte or so, each time another.
        int step = algorithm == DiceKeyAlgorithm.Ed25519 ? 1 : 9;
        for (int bit = 0; bit < chain.Length * 8; bit += step)
        {
            chain[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Verifies(chain), $"bit {bit % 8} of byte {bit / 8}");
            opened += DiceChain.Open(chain, out _).IsNone ? 1 : 0;
            chain[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.InRange(opened, chain.Length / step, (chain.Length * 8 / step) - 1);
    }

    [SkippableFact]
    public void No_genuine_chain_with_a_bit_flipped_verifies()
    {
        byte[] chain = TestLayers.Chain(DiceVectors.Handover());
        Assert.True(Verifies(chain));
        // One bit of each byte or so, each time another.
        for (int bit = 0; bit < chain.Length * 8; bit += 9)
        {
            chain[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Verifies(chain), $"bit {bit % 8} of byte {bit / 8}");
            chain[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void No_hand_over_with_a_bit_flipped_is_extended()
    {
        byte[] handover = TestLayers.After(1);
        int start = handover.Length - TestLayers.Chain(handover).Length;
        for (int bit = 0; bit < start * 8; bit++)
        {
            byte[] changed = [.. handover];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            if (DiceHandover.Read(changed, out DiceHandover read) == DiceError.None)
            {
                // CDI_Seal stands for itself: a changed one makes other secrets, nothing that could be checked.
                bool inSeal = bit / 8 is >= 39 and < 71;
                DiceError error = TestLayers.Extend(changed, DiceKeyAlgorithm.Ed25519, DiceMode.Normal, "next", out _);
                Assert.Equal(inSeal ? DiceError.None : DiceError.LeafKeyMismatch, error);
                Assert.Equal(32, read.CdiAttest.Length);
            }
        }
    }

    [Fact]
    public void Certificates_in_another_order_do_not_verify()
    {
        (byte[] root, byte[][] certificates) = Split(TestLayers.Chain(TestLayers.After(3)));
        Assert.True(Verifies(Join(root, certificates)));
        Assert.Equal(DiceError.IssuerMismatch, Fault(Join(root, certificates[1], certificates[0], certificates[2])).Error);
        Assert.Equal(2, Fault(Join(root, certificates[0], certificates[2])).Index);
        Assert.Equal(DiceError.IssuerMismatch, Fault(Join(root, certificates[0], certificates[0])).Error);
        Assert.Equal(DiceError.WrongCertificateCount, Fault(Join(root)).Error);
        Assert.True(Verifies(Join(root, certificates[0]))); // A chain that ends earlier is a chain: its leaf is another layer's.
    }

    [Fact]
    public void A_chain_of_too_many_certificates_is_refused_before_they_are_read()
    {
        (byte[] root, byte[][] certificates) = Split(TestLayers.Chain(TestLayers.After(1)));
        byte[] chain = Join(root, [.. Enumerable.Repeat(certificates[0], DiceChain.MaximumCertificates + 1)]);
        Assert.Equal(DiceError.WrongCertificateCount, DiceChain.Open(chain, out _).Error);
    }

    [Fact]
    public void Certificates_that_need_more_room_than_there_is_are_refused_when_verified()
    {
        byte[] chain = TestLayers.Chain(TestLayers.After(1));
        Assert.True(DiceChain.Open(chain, out DiceChain read).IsNone);
        DiceFault fault = read.Verify<HostDiceKeys, HostCryptography>(new byte[100]);
        Assert.Equal(DiceError.CertificateTooLarge, fault.Error);
        Assert.Equal(1, fault.Index);
    }

    [Theory]
    [InlineData("a10158" + "20")]
    [InlineData("a0")]
    [InlineData("a20100" + "0200")]
    [InlineData("80")]
    [InlineData("f6")]
    [InlineData("bf01")]
    [InlineData("a3")]
    [InlineData("a2015b8000000000000000")]
    [InlineData("bb8000000000000000")]
    public void What_is_no_hand_over_is_refused(string hex) => Assert.NotEqual(DiceError.None, DiceHandover.Read(Convert.FromHexString(hex), out _));

    [Fact]
    public void A_hand_over_with_its_keys_in_another_order_or_twice_or_with_more_is_refused()
    {
        string cdi = "5820" + new string('a', 64);
        Assert.Equal(DiceError.None, Read($"a201{cdi}02{cdi}"));
        Assert.Equal(DiceError.WrongStructure, Read($"a202{cdi}01{cdi}"));
        Assert.Equal(DiceError.NotCbor, Read($"a201{cdi}01{cdi}"));
        Assert.Equal(DiceError.WrongStructure, Read($"a301{cdi}02{cdi}04f6"));
        Assert.Equal(DiceError.WrongStructure, Read($"a401{cdi}02{cdi}03f604f6"));
        Assert.Equal(DiceError.NotCbor, Read($"a21801{cdi}02{cdi}"));
        Assert.Equal(DiceError.WrongCdiSize, Read($"a201581f{new string('a', 62)}02{cdi}"));
    }

    [Theory]
    [InlineData("a5010103270481022006215820", DiceError.None)] // as open-dice writes it
    [InlineData("a40101032720062158" + "20", DiceError.None)] // without the operations
    [InlineData("a5010203270481022006215820", DiceError.UnsupportedKey)] // another key type
    [InlineData("a5010103260481022006215820", DiceError.UnsupportedKey)] // another algorithm
    [InlineData("a5010103270481022004215820", DiceError.UnsupportedKey)] // another curve
    [InlineData("a5010103270481012006215820", DiceError.UnsupportedKey)] // may not verify
    [InlineData("a50101032704" + "8b0202020202020202020202" + "2006215820", DiceError.UnsupportedKey)] // more operations than there are
    [InlineData("a5010103270481022001215820", DiceError.UnsupportedKey)]
    [InlineData("a5010103270461612006215820", DiceError.WrongStructure)]
    public void A_root_key_is_taken_only_when_it_is_one_that_can_verify(string head, DiceError error)
    {
        (byte[] root, byte[][] certificates) = Split(TestLayers.Chain(TestLayers.After(1)));
        byte[] key = [.. Convert.FromHexString(head), .. root[^32..]];
        Assert.Equal(error, Fault(Join(key, certificates)).Error);
    }

    [Fact]
    public void Chains_with_random_changes_never_do_more_than_be_refused()
    {
        byte[] chain = TestLayers.Chain(TestLayers.After(2));
        var random = new Random(2026);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (int round = 0; round < 20_000 && clock.ElapsedMilliseconds < 1000; round++)
        {
            byte[] mutant = [.. chain];
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            }

            if (random.Next(4) == 0)
            {
                int at = random.Next(mutant.Length), length = random.Next(mutant.Length - at);
                mutant = [.. mutant[..at], .. mutant[(at + length)..]];
            }

            Assert.False(!mutant.AsSpan().SequenceEqual(chain) && Verifies(mutant));
        }
    }

    private static bool Verifies(byte[] chain) => Fault(chain).IsNone;

    private static DiceFault Fault(byte[] encoded)
    {
        DiceFault fault = DiceChain.Open(encoded, out DiceChain chain);
        return fault.IsNone ? chain.Verify<HostDiceKeys, HostCryptography>(s_scratch) : fault;
    }

    private static DiceError Read(string hex) => DiceHandover.Read(Convert.FromHexString(hex), out _);

    private static (byte[] Root, byte[][] Certificates) Split(byte[] chain)
    {
        var reader = new CborReader(chain);
        Assert.True(reader.TryReadArray(out int count));
        byte[][] items = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            Assert.True(reader.TryReadEncoded(out ReadOnlySpan<byte> item));
            items[i] = item.ToArray();
        }

        return (items[0], items[1..]);
    }

    private static byte[] Join(byte[] root, params byte[][] certificates)
    {
        var writer = new CborWriter(new byte[64 * 1024]);
        writer.WriteArray(1 + certificates.Length);
        writer.WriteEncoded(root);
        foreach (byte[] certificate in certificates)
        {
            writer.WriteEncoded(certificate);
        }

        return writer.Written.ToArray();
    }
}
