using Vmm.Configuration;

namespace Vmm.Tests.CommandLine;

public sealed class ProtectionOptionTests
{
    private static readonly string s_digits = string.Concat(Enumerable.Range(0, 64).Select(static value => $"{value:X2}"));

    [Theory]
    [InlineData(ProtectionMode.Protected, true, true, null, "--protected-vm")]
    [InlineData(ProtectionMode.ProtectedWithFirmware, true, true, "/apex/pvmfw.bin", "--protected-vm-with-firmware", "/apex/pvmfw.bin")]
    [InlineData(ProtectionMode.ProtectedWithoutFirmware, true, false, null, "--protected-vm-without-firmware")]
    [InlineData(ProtectionMode.UnprotectedWithFirmware, false, true, "fw", "--unprotected-vm-with-firmware=fw")]
    [InlineData(ProtectionMode.Unprotected, false, false, null)]
    public void Each_of_crosvms_four_ways_is_understood(ProtectionMode mode, bool isProtected, bool runsFirmware, string? path, params string[] option)
    {
        VmConfig config = CommandLineUnderTest.Run([.. option, "Image"]);

        Assert.Equal((mode, isProtected, runsFirmware, path), (config.Protection, config.IsProtected, config.RunsFirmware, config.FirmwarePath));
        Assert.Equal(mode == ProtectionMode.Unprotected ? 0UL : 64UL, config.EffectiveSwiotlbMib);
    }

    [Theory]
    [InlineData("--protected-vm and --unprotected-vm-with-firmware exclude each other", "--unprotected-vm-with-firmware", "fw", "--protected-vm")]
    [InlineData(
        "--protected-vm-with-firmware and --protected-vm-without-firmware exclude each other",
        "--protected-vm-without-firmware", "--protected-vm-with-firmware", "fw")]
    [InlineData("--protected-vm-with-firmware: the path is empty", "--protected-vm-with-firmware", "")]
    [InlineData("--pvmfw-key: the path is empty", "--protected-vm", "--pvmfw-key", "")]
    [InlineData("--pvmfw-key is the key that a firmware is signed with, and none is started", "--pvmfw-key", "key.pem")]
    [InlineData("--device-secret is what a firmware's secrets are derived from, and none is started", "--device-secret", "secret")]
    [InlineData(
        "--swiotlb: 0 MiB; a firmware starts no machine without the pool through which devices exchange data",
        "--unprotected-vm-with-firmware", "fw", "--swiotlb", "0")]
    [InlineData("--init-mem: a VM that a firmware starts has no balloon", "--unprotected-vm-with-firmware", "fw", "--init-mem", "1")]
    [InlineData("--instance-id: 4 hexadecimal digits; an instance id has 64 bytes, 128 digits", "--instance-id", "01ab")]
    public void What_cannot_be_is_refused(string expected, params string[] options) =>
        Assert.Equal(expected, CommandLineUnderTest.RunRefusal([.. options, "Image"]));

    [Fact]
    public void The_firmwares_key_and_the_untrusted_properties_reach_the_configuration()
    {
        VmConfig config = CommandLineUnderTest.Run(
            "--protected-vm", "--pvmfw-key", "key.pem", "--instance-id", s_digits, "--defer-rollback-protection", "Image");

        Assert.Equal("key.pem", config.FirmwareKeyPath);
        Assert.Equal(Enumerable.Range(0, 64).Select(static value => (byte)value), config.InstanceId!.Value.ToArray());
        Assert.True(config.DeferRollbackProtection);
        Assert.Null(CommandLineUnderTest.Run("--protected-vm", "Image").InstanceId);
    }

    [Theory]
    [InlineData(64, null)]
    [InlineData(63, "--instance-id: {0} has 63 bytes; an instance id has 64")]
    [InlineData(65, "--instance-id: {0} has 65 bytes; at most 64 are possible")]
    public void An_instance_id_may_be_a_file_of_64_bytes(int size, string? error)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[size]);
            Exception? refused = Record.Exception(() => CommandLineUnderTest.Run("--instance-id", path, "Image"));

            Assert.Equal(error is null ? null : string.Format(System.Globalization.CultureInfo.InvariantCulture, error, path), refused?.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
