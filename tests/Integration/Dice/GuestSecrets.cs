using System.Security.Cryptography;

namespace Integration.Dice;

/// <summary>What a guest was given by the firmware: its secrets and its chain.</summary>
/// <param name="Attest">CDI_Attest.</param>
/// <param name="Seal">CDI_Seal.</param>
/// <param name="Chain">The chain, verified.</param>
internal sealed record GuestSecrets(byte[] Attest, byte[] Seal, GuestChain Chain)
{
    /// <summary>Reads what the guest <c>handover</c> prints.</summary>
    public static GuestSecrets Parse(string console)
    {
        Assert.StartsWith("handover ", console, StringComparison.Ordinal);
        return Read(Convert.FromHexString(console["handover ".Length..].Trim()));
    }

    /// <summary>Reads the page of the hand-over.</summary>
    public static GuestSecrets Read(byte[] page)
    {
        IReadOnlyDictionary<long, CborItem> handover = CborItem.Read(page).Map;
        Assert.Equal(3, handover.Count);
        return new GuestSecrets(handover[1].Bytes, handover[2].Bytes, GuestChain.Verify(page.AsSpan(1 + 35 + 35 + 1)));
    }

    /// <summary>Fails the test unless the secrets and all that the chain says are those of these files on this device.</summary>
    /// <param name="files">What was measured.</param>
    /// <param name="salt">What tells instances apart.</param>
    public void ShouldBeOf(MeasuredFiles files, byte[] salt)
    {
        Assert.Equal(files.RootLayer.PublicKey(), Chain.RootKey);
        Assert.Equal(2, Chain.Layers.Count);
        Check(Chain.Layers[0], SHA512.HashData(files.Firmware), files.FirmwareAuthority, mode: 1, MeasuredFiles.FirmwareDescriptor, files.FirmwareLayer);
        ExpectedLayer guest = files.GuestLayer(salt);
        Check(Chain.Layers[1], files.GuestCode, files.GuestAuthority, files.GuestMode, files.GuestDescriptor, guest);
        Assert.Equal(guest.Attest, Attest);
        Assert.Equal(guest.Seal, Seal);
    }

    private static void Check(GuestChain.Layer layer, byte[] code, byte[] authority, byte mode, byte[] descriptor, ExpectedLayer expected)
    {
        Assert.Equal(code, layer.CodeHash);
        Assert.Equal(authority, layer.AuthorityHash);
        Assert.Equal(mode, layer.Mode);
        Assert.Equal(descriptor, layer.Configuration);
        Assert.Equal(SHA512.HashData(descriptor), layer.ConfigurationHash);
        Assert.Equal(expected.PublicKey(), layer.Key);
    }
}
