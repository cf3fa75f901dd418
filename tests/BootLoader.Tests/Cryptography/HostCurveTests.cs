using BootLoader.Cryptography;

namespace BootLoader.Tests.Cryptography;

public class HostCurveTests
{
    private static readonly byte[] s_message = [1, 2, 3];

    public static TheoryData<string> Curves => ["P-256", "P-384"];

    [Theory]
    [MemberData(nameof(Curves))]
    public void A_key_signs_and_verifies(string name)
    {
        (HostCurve curve, byte[] privateKey, byte[] publicKey, byte[] signature) = Sign(name);
        Assert.True(curve.Verify(publicKey, s_message, signature));
        Assert.False(curve.Verify(publicKey, [1, 2, 4], signature));
        Assert.NotEqual(privateKey, publicKey[..privateKey.Length]);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void A_point_that_is_not_on_the_curve_verifies_nothing(string name)
    {
        (HostCurve curve, _, byte[] publicKey, byte[] signature) = Sign(name);
        int size = publicKey.Length / 2;
        foreach (int at in new[] { 0, size - 1, size, (2 * size) - 1 })
        {
            byte[] other = [.. publicKey];
            other[at] ^= 1;
            Assert.False(curve.Verify(other, s_message, signature));
        }

        Assert.False(curve.Verify(new byte[2 * size], s_message, signature));
        Assert.False(curve.Verify([.. Enumerable.Repeat((byte)0xff, 2 * size)], s_message, signature));
        Assert.False(curve.Verify(publicKey.AsSpan(1), s_message, signature));
        Assert.False(curve.Verify(publicKey, s_message, signature.AsSpan(1)));
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void A_private_key_out_of_range_has_no_public_key_and_signs_nothing(string name)
    {
        (HostCurve curve, byte[] privateKey, byte[] publicKey, byte[] signature) = Sign(name);
        foreach (byte[] bad in new[] { new byte[privateKey.Length], [.. Enumerable.Repeat((byte)0xff, privateKey.Length)] })
        {
            Assert.False(curve.TryGetPublicKey(bad, publicKey));
            Assert.False(curve.TrySign(bad, s_message, signature));
        }
    }

    private static (HostCurve Curve, byte[] PrivateKey, byte[] PublicKey, byte[] Signature) Sign(string name)
    {
        (HostCurve curve, int size) = name == "P-256" ? (HostCurve.P256, 32) : (HostCurve.P384, 48);
        byte[] privateKey = [.. Enumerable.Range(1, size).Select(i => (byte)i)];
        byte[] publicKey = new byte[2 * size];
        byte[] signature = new byte[2 * size];
        Assert.True(curve.TryGetPublicKey(privateKey, publicKey));
        Assert.True(curve.TrySign(privateKey, s_message, signature));
        return (curve, privateKey, publicKey, signature);
    }
}
