using System.Buffers.Binary;
using BootLoader.Dice;
using BootLoader.Dice.Making;
using BootLoader.Firmware.Making;

namespace Integration.Firmware;

/// <summary>Configuration data and hand-overs that are packed with the firmware and that it must not take, and some that it must.</summary>
internal static class TamperedConfigurations
{
    private const string Configuration = "INVALID_CONFIG_DATA";
    private const string Handover = "INVALID_BCC";

    /// <summary>The table.</summary>
    public static IReadOnlyList<BootCase> All { get; } =
    [
        Case("configuration data that were packed", null, Pack(Genuine())),
        Case("a hand-over without chain", null, Pack([.. Genuine()[..71].Select((value, i) => i == 0 ? (byte)0xa2 : value)])),
        Case("garbage", Configuration, [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 31))]),
        Case("another magic", Configuration, Change(Pack(Genuine()), 0, 0x50)),
        Case("another major version", Configuration, Change(Pack(Genuine()), 6, 2)),
        Case("a total size beyond the image", Configuration, Change(Pack(Genuine()), 11, 1)),
        Case("a hand-over outside", Configuration, Change(Pack(Genuine()), 23, 1)),
        Case("a missing hand-over", Configuration, Pack(Genuine(), data => data.AsSpan(16, 8).Clear())),
        Case("a hand-over that is no CBOR", Handover, Pack([0xff, .. Genuine()[1..]])),
        Case("a hand-over that is cut off", Handover, Pack(Genuine()[..^1])),
        Case("a hand-over of other secrets", Handover, Pack(Change(Genuine(), 10, (byte)(Genuine()[10] ^ 1)))),
        Case("a hand-over with short secrets", Handover, Pack([0xa2, 1, 0x41, 0, 2, 0x41, 0])),
        Case("a hand-over with an empty chain", Handover, Pack([.. Genuine()[..72], 0x80])),
    ];

    private static BootCase Case(string name, string? refusal, byte[] configuration) => new(name, refusal, new TestPayload())
    {
        Firmware = "$C/firmware --pvmfw-key none",
        Files = new Dictionary<string, byte[]> { ["firmware"] = TestFirmware.Configured(configuration) },
    };

    private static byte[] Genuine() => HandoverMaker.Make(
        TestIdentity.DeviceSecret, FirmwareMeasurement.Of(TestFirmware.Program, TestKeys.Firmware.PublicKeyBlob, DiceMode.Normal, 0));

    private static byte[] Pack(byte[] handover, Action<byte[]>? change = null)
    {
        byte[] data = new PvmfwConfigBlobs { DiceHandover = handover }.ToBytes(1);
        Assert.Equal(0x666d7670u, BinaryPrimitives.ReadUInt32LittleEndian(data));
        change?.Invoke(data);
        return data;
    }

    private static byte[] Change(byte[] bytes, int at, byte value)
    {
        bytes[at] = value;
        return bytes;
    }
}
