using BootLoader.Cbor;
using BootLoader.Dice;

namespace BootLoader.Tests.Dice;

public sealed class DiceComponentTests
{
    [SkippableFact]
    public void Genuine_descriptors_are_read_and_written_again_byte_for_byte()
    {
        Assert.Equal(DiceError.None, DiceHandover.Read(DiceVectors.Handover(), out DiceHandover handover));
        Assert.True(DiceChain.Open(handover.Chain, out DiceChain chain).IsNone);
        var names = new List<string>();
        foreach (DiceCertificate certificate in chain)
        {
            Assert.Equal(DiceError.None, DiceComponent.Read(certificate.Configuration, out DiceComponent component));
            names.Add(System.Text.Encoding.UTF8.GetString(component.Name));
            byte[] written = new byte[64];
            Assert.Equal(DiceError.None, component.TryWrite(written, out int size));
            Assert.Equal(certificate.Configuration.ToArray(), written[..size]);
        }

        Assert.Equal(["AVB", "Protected VM firmware"], names);
    }

    [Fact]
    public void The_entry_of_a_VM_is_described_as_the_firmware_writes_it()
    {
        var component = new DiceComponent
        {
            Name = "vm_entry"u8,
            HasSecurityVersion = true,
            SecurityVersion = 5,
            IsRkpVm = true,
            InstanceHash = new byte[64],
        };
        Assert.Equal(
            "a4" + "3a00011171" + "68766d5f656e747279" + "3a00011174" + "05" + "3a00011175" + "f6" + "3a0001155a" + "5840" + new string('0', 128),
            Hex(component));
    }

    [Fact]
    public void Every_field_is_read_as_it_was_written()
    {
        byte[] list = new byte[256];
        var writer = new CborWriter(list);
        writer.WriteArray(2);
        new DiceSubComponent("apk:com.example"u8, 12, new byte[64], new byte[64]).Write(ref writer);
        new DiceSubComponent("apex:com.android.os"u8, 3, [1], [2]).Write(ref writer);
        var component = new DiceComponent
        {
            Name = "Microdroid payload"u8,
            VersionText = "v1"u8,
            IsResettable = true,
            HasSecurityVersion = true,
            SecurityVersion = ulong.MaxValue,
            InstanceName = "second"u8,
            PayloadBinaryName = "payload.so"u8,
            SubComponents = writer.Written,
            InstanceHash = [7],
        };
        byte[] descriptor = Convert.FromHexString(Hex(component));
        Assert.Equal(DiceError.None, DiceComponent.Read(descriptor, out DiceComponent read));
        Assert.True(read.Name.SequenceEqual(component.Name));
        Assert.True(read.VersionText.SequenceEqual("v1"u8));
        Assert.True(read.IsResettable);
        Assert.False(read.IsRkpVm);
        Assert.False(read.HasVersion);
        Assert.Equal(ulong.MaxValue, read.SecurityVersion);
        Assert.True(read.InstanceName.SequenceEqual("second"u8));
        Assert.True(read.PayloadBinaryName.SequenceEqual("payload.so"u8));
        Assert.True(read.PayloadConfigPath.IsEmpty);
        Assert.True(read.InstanceHash.SequenceEqual((byte[])[7]));
        var reader = new CborReader(read.SubComponents);
        Assert.True(reader.TryReadArray(out int count));
        Assert.Equal(2, count);
        Assert.Equal(DiceError.None, DiceSubComponent.Read(ref reader, out _));
        Assert.Equal(DiceError.None, DiceSubComponent.Read(ref reader, out DiceSubComponent second));
        Assert.True(second.Name.SequenceEqual("apex:com.android.os"u8));
        Assert.Equal(3ul, second.SecurityVersion);
        Assert.True(reader.IsAtEnd);
        for (int length = 0; length < descriptor.Length; length++)
        {
            Assert.NotEqual(DiceError.None, DiceComponent.Read(descriptor.AsSpan(0, length), out _));
            Assert.Equal(DiceError.OutputTooSmall, component.TryWrite(new byte[length], out int written));
            Assert.Equal(0, written);
        }
    }

    [Theory]
    [InlineData("a13a0001117101", DiceError.WrongStructure)] // the name is a number
    [InlineData("a13a0001117361" + "61", DiceError.WrongStructure)] // resettable is text
    [InlineData("a13a0001117420", DiceError.WrongStructure)] // the security version is negative
    [InlineData("a13a0001155901", DiceError.WrongStructure)] // the sub-components are a number
    [InlineData("a13a000115580101", DiceError.WrongStructure)] // the payload's configuration is a number
    [InlineData("a23a00011174013a0001117402", DiceError.NotCbor)] // twice
    [InlineData("a03a", DiceError.TrailingBytes)]
    [InlineData("a113a0", DiceError.None)] // an unknown key
    [InlineData("a1613a00", DiceError.None)] // an unknown key that is text
    public void A_descriptor_of_wrong_types_is_refused_and_unknown_keys_are_passed_over(string hex, DiceError error) =>
        Assert.Equal(error, DiceComponent.Read(Convert.FromHexString(hex), out _));

    private static string Hex(in DiceComponent component)
    {
        byte[] descriptor = new byte[1024];
        Assert.Equal(DiceError.None, component.TryWrite(descriptor, out int size));
        return Convert.ToHexStringLower(descriptor.AsSpan(0, size));
    }
}
