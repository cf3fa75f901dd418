using System.CommandLine;
using System.Text.Json;
using BootLoader.Dice;
using BootLoader.Dice.Making;
using Vmm.CommandLine.Image;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine.Image;

public sealed class DiceShowCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dice-").FullName;

    [Fact]
    public void A_hand_over_is_verified_and_shown_without_its_secrets()
    {
        byte[] handover = Handover();
        (int status, string output) = Show(handover);
        Assert.Equal(0, status);
        Assert.Contains("  component        Protected VM firmware\n", output, StringComparison.Ordinal);
        Assert.Contains("  signature        Ed25519, right\n", output, StringComparison.Ordinal);
        AssertNoSecrets(handover, output);
    }

    [Fact]
    public void Programs_get_the_same_as_JSON()
    {
        byte[] handover = Handover();
        (int status, string output) = Show(handover, "--json");
        Assert.Equal(0, status);
        AssertNoSecrets(handover, output);
        using var json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        Assert.True(root.GetProperty("isHandover").GetBoolean());
        Assert.True(root.GetProperty("verified").GetBoolean());
        Assert.True(root.GetProperty("leafKeyIsOfCdi").GetBoolean());
        Assert.Equal("Ed25519", root.GetProperty("rootKey").GetProperty("type").GetString());
        JsonElement certificate = Assert.Single(root.GetProperty("certificates").EnumerateArray());
        Assert.Equal("Protected VM firmware", certificate.GetProperty("component").GetProperty("name").GetString());
        Assert.Equal(3u, certificate.GetProperty("component").GetProperty("securityVersion").GetUInt64());
        Assert.Equal("debug", certificate.GetProperty("mode").GetString());
        Assert.False(certificate.TryGetProperty("fault", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("--json")]
    public void A_wrong_signature_is_shown_and_told_by_the_status(string option)
    {
        byte[] handover = Handover();
        handover[^1] ^= 1;
        (int status, string output) = Show(handover, option);
        Assert.Equal((int)ExitCode.Error, status);
        Assert.Contains("has a wrong signature", output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_hand_over_is_refused_by_name()
    {
        string path = Path.Combine(_folder, "handover");
        Assert.Equal(
            $"dice show: {path}: the hand-over is no CBOR of definite lengths, shortest numbers and distinct keys, or ends early",
            Assert.Throws<VmmException>(() => Show(Handover()[..^1])).Message);
        Assert.Equal($"FILE: {path} is empty", Assert.Throws<VmmException>(() => Show([])).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[] Handover() => HandoverMaker.Make(new byte[32], FirmwareMeasurement.Of([1], [2], DiceMode.Debug, securityVersion: 3));

    private static void AssertNoSecrets(byte[] handover, string output)
    {
        Assert.Equal(DiceError.None, DiceHandover.Read(handover, out DiceHandover read));
        foreach (string secret in (string[])[Convert.ToHexStringLower(read.CdiAttest), Convert.ToHexStringLower(read.CdiSeal)])
        {
            Assert.DoesNotContain(secret, output, StringComparison.OrdinalIgnoreCase);
        }
    }

    private (int Status, string Output) Show(byte[] content, string option = "")
    {
        string path = Path.Combine(_folder, "handover");
        File.WriteAllBytes(path, content);
        var image = new Command("image") { DiceShowCommand.Make() };
        using var output = new StringWriter { NewLine = "\n" };
        string[] args = option.Length == 0 ? ["dice", "show", path] : ["dice", "show", path, option];
        int status = image.Parse(args).Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false });
        return (status, output.ToString());
    }
}
