using BootLoader.InstanceImage.Microdroid;
using Microdroid.Configuration;
using Microdroid.Failure;
using Microdroid.Payload;
using Microdroid.Tests.Flow;
using Virtualization.Payload;

namespace Microdroid.Tests.Configuration;

public sealed class PayloadConfigReaderTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_whole_file_is_read_and_what_is_not_known_passed_over()
    {
        VmPayloadConfig config = Read(
            """
            {
              "os": { "name": "microdroid" },
              "task": { "type": "microdroid_launcher", "command": "payload.so" },
              "apexes": [ { "name": "{CLASSPATH}" } ],
              "prefer_staged": true,
              "hugepages": true,
              "export_tombstones": true
            }
            """);
        Assert.Equal(new PayloadTask { Type = TaskType.MicrodroidLauncher, Command = "payload.so" }, config.Task);
        Assert.True(config.ExportTombstones);
    }

    [Theory]
    [InlineData("{\n  \"task\": {\n    \"type\": \"daemon\",\n    \"command\": \"a\" } }", "assets/vm_config.json:3:21: task.type: ")]
    [InlineData("{\n  \"task\": 5\n}", "assets/vm_config.json:2:12: task: ")]
    [InlineData("{ \"task\": { \"type\": \"executable\" } }", "assets/vm_config.json:1:35: task: ")]
    [InlineData("{ \"task\": { \"type\": \"executable\", \"command\": null } }", "assets/vm_config.json:1:50: task.command: ")]
    [InlineData("{ \"enable_authfs\": true, \"enable_authfs\": true }", "assets/vm_config.json:1:")]
    [InlineData("{", "assets/vm_config.json:1:")]
    [InlineData("null", "assets/vm_config.json: it is null")]
    [InlineData("{}", "No task in VM config")]
    [InlineData("{ \"task\": {\"type\":\"executable\",\"command\":\"a\"}, \"os\": {\"name\":\"android\"} }", "os 'android' is not this one")]
    [InlineData("{ \"task\": {\"type\":\"executable\",\"command\":\"a\"}, \"enable_authfs\": true }", "enable_authfs: this guest has no AuthFS")]
    [InlineData("{ \"task\": {\"type\":\"executable\",\"command\":\"a\"}, \"apexes\": [{\"name\":\"x\"}] }", "config expects the APEX 'x'")]
    [InlineData("{ \"task\": {\"type\":\"executable\",\"command\":\"a\"}, \"extra_apks\": [{\"path\":\"x\"}] }", "config expects 1 extra apks, but found 0")]
    public void What_is_wrong_with_a_file_is_said_with_its_place(string json, string expected)
    {
        MicrodroidException e = Assert.Throws<MicrodroidException>(() => Read(json));
        Assert.Equal(FailureReason.PayloadInvalidConfig, e.Reason);
        Assert.StartsWith(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.DoesNotContain("LineNumber", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_file_makes_the_reader_do_anything_but_refuse()
    {
        const string Whole = """{"os":{"name":""},"task":{"type":"executable","command":"a"},"apexes":[{"name":"{CLASSPATH}"}],"export_tombstones":false}""";
        Random random = new(5);
        for (int i = 0; i < 500; i++)
        {
            char[] json = Whole.ToCharArray();
            json[random.Next(json.Length)] = (char)random.Next(32, 127);
            string text = random.Next(4) == 0 ? new string(json)[..random.Next(json.Length)] : new string(json);
            try
            {
                Read(text);
            }
            catch (MicrodroidException e) when (e.Reason == FailureReason.PayloadInvalidConfig)
            {
            }
        }
    }

    private VmPayloadConfig Read(string json)
    {
        FakePackage apk = new() { Entries = new() { ["assets/vm_config.json"] = json } };
        byte[] bytes = apk.Bytes;
        File.WriteAllBytes(_path, bytes);
        var verified = new VerifiedPayload(new VerifiedApk(_path, bytes.Length, new ApkData(new byte[32], new byte[64], "", 0)), [], []);
        return new PayloadConfigReader(new FakePackages([])).Read(new PayloadMetadata { ConfigPath = "assets/vm_config.json" }, verified);
    }
}
