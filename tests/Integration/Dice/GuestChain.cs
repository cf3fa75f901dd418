namespace Integration.Dice;

/// <summary>A DICE chain that a guest was given, verified by openssl from its root to its leaf.</summary>
internal sealed class GuestChain
{
    // Open Profile for DICE, "CBOR certificates".
    private const long Issuer = 1, Subject = 2, SubjectPublicKey = -4670552;

    private GuestChain(byte[] rootKey, IReadOnlyList<Layer> layers) => (RootKey, Layers) = (rootKey, layers);

    /// <summary>The key that signed the first certificate.</summary>
    public byte[] RootKey { get; }

    /// <summary>What the certificates say, from the root's on.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Reads a chain and fails the test unless every certificate verifies.</summary>
    /// <param name="encoded">The chain; what is behind it does not matter.</param>
    public static GuestChain Verify(ReadOnlySpan<byte> encoded)
    {
        CborItem chain = CborItem.Read(encoded);
        byte[] root = Key(chain.Array[0]), issuer = root;
        List<Layer> layers = [];
        foreach (CborItem certificate in chain.Array.Skip(1))
        {
            // COSE_Sign1 (RFC 9052, 4.2): protected header {1: -8}, which is EdDSA, unprotected header, payload, signature.
            Assert.Equal(4, certificate.Array.Count);
            byte[] header = certificate.Array[0].Bytes, payload = certificate.Array[2].Bytes;
            Assert.Equal([0xa1, 0x01, 0x27], header);
            byte[] message = [0x84, 0x6a, .. "Signature1"u8, 0x43, .. header, 0x40, 0x59, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];
            Assert.InRange(payload.Length, 256, 0xffff);
            Assert.True(OpenSsl.Verifies(issuer, message, certificate.Array[3].Bytes), "openssl does not verify a certificate");

            IReadOnlyDictionary<long, CborItem> claims = CborItem.Read(payload).Map;
            byte[] subject = Key(CborItem.Read(claims[SubjectPublicKey].Bytes));
            Assert.Equal(ExpectedLayer.Id(issuer), claims[Issuer].Text);
            Assert.Equal(ExpectedLayer.Id(subject), claims[Subject].Text);
            layers.Add(new Layer(claims, subject));
            issuer = subject;
        }

        return new GuestChain(root, layers);
    }

    // COSE_Key (RFC 9053, 7.2): an octet key pair on the curve Ed25519.
    private static byte[] Key(CborItem item)
    {
        IReadOnlyDictionary<long, CborItem> key = item.Map;
        Assert.Equal((1, 6), (key[1].Integer, key[-1].Integer));
        Assert.Equal(32, key[-2].Bytes.Length);
        return key[-2].Bytes;
    }

    /// <summary>What a certificate says of its layer.</summary>
    /// <param name="Claims">Its claims.</param>
    /// <param name="Key">The layer's public key.</param>
    internal sealed record Layer(IReadOnlyDictionary<long, CborItem> Claims, byte[] Key)
    {
        /// <summary>The hash of the code.</summary>
        public byte[] CodeHash => Claims[-4670545].Bytes;

        /// <summary>The hash of the configuration descriptor.</summary>
        public byte[] ConfigurationHash => Claims[-4670547].Bytes;

        /// <summary>The configuration descriptor.</summary>
        public byte[] Configuration => Claims[-4670548].Bytes;

        /// <summary>The hash of the key that vouches for the code.</summary>
        public byte[] AuthorityHash => Claims[-4670549].Bytes;

        /// <summary>1 normal, 2 debug.</summary>
        public byte Mode => Assert.Single(Claims[-4670551].Bytes);
    }
}
