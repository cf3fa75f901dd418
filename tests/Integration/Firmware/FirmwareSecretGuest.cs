using System.Buffers.Binary;
using System.Globalization;
using Integration.Dice;
using Integration.Hosts;
using Integration.ProtectedVm;

namespace Integration.Firmware;

/// <summary>The guest <c>secret</c>, started by the firmware as an instance that the host names, so that its secrets can be computed.</summary>
internal static class FirmwareSecretGuest
{
    private static readonly TestPayload s_payload = new() { Code = TestPayload.Guest("secret") };

    /// <summary>What the host looks for: the guest's own word, and eight bytes out of each of the secrets that the guest was given, which nothing prints.</summary>
    public static IReadOnlyList<string> Words
    {
        get
        {
            byte[] hash = MeasuredFiles.HashOf(TestIdentity.InstanceId);
            ExpectedLayer layer = (MeasuredFiles.Of(s_payload, s_payload.Normal!) with { InstanceHash = hash }).GuestLayer(hash);
            // In the page the first secret begins at byte 4, and the second at 39: words of eight bytes begin at bytes 8 and 40.
            return [SecretGuest.Word, Word(layer.Attest.AsSpan(4)), Word(layer.Seal.AsSpan(1))];
        }
    }

    /// <summary>Starts it.</summary>
    public static async Task<SecretGuest> Start(Workspace work, string option, string options)
    {
        await BootTable.Put(
            work,
            [("pvmfw.img", TestFirmware.Image), ("device-secret", TestIdentity.DeviceSecret), ("kernel", s_payload.Sign()), ("initrd", s_payload.Normal!)]);
        return await SecretGuest.Start(work, $"{option} $W/pvmfw.img {TestIdentity.Options} --swiotlb 4 --initrd $W/initrd {options}", "$W/kernel");
    }

    private static string Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString("x16", CultureInfo.InvariantCulture);
}
