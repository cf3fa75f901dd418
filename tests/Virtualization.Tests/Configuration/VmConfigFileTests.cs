using System.Text;
using Virtualization.Aidl;
using Virtualization.Configuration;

namespace Virtualization.Tests.Configuration;

/// <summary>Raw configurations in JSON: what is taken, and what is said about what is not.</summary>
public sealed class VmConfigFileTests
{
    [Fact]
    public void A_configuration_with_every_member_is_read()
    {
        VmConfigFile config = Read("""
            {
              "name": "n", "kernel": "k", "initrd": "i", "params": "p",
              "disks": [
                {"partitions": [{"label": "vbmeta_a", "path": "v"}, {"label": "w", "path": "x", "writable": true, "guid": "90d2174a-038a-4bc6-adf3-824848fc5825"}], "writable": true},
                {"image": "d"}
              ],
              "protected": true, "memory_mib": 256, "cpu_topology": "match_host", "platform_version": "~1.0", "devices": ["/sys/d"],
              "console_input_device": "hvc0", "usb_config": {"controller": true}
            }
            """);

        Assert.Equal(("n", "k", "i", "p"), (config.Name, config.Kernel, config.Initrd, config.Params));
        Assert.Equal(["vbmeta_a", "w"], config.Disks[0].Partitions!.Select(static partition => partition.Label));
        Assert.True(config.Disks[0].Partitions![1].Writable && config.Disks[0].Writable && config.Protected && config.UsbConfig!.Controller);
        Assert.Equal("d", config.Disks[1].Image);
        Assert.Equal(256, config.MemoryMib);
        Assert.Equal("match_host", config.CpuTopology);
    }

    [Fact]
    public void Its_files_are_opened_relative_to_it()
    {
        string directory = Directory.CreateTempSubdirectory("vm-config-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "k"), "kernel");
            File.WriteAllText(Path.Combine(directory, "d"), "disk");
            string path = Path.Combine(directory, "vm.json");
            File.WriteAllText(path, """{"kernel": "k", "disks": [{"partitions": [{"label": "a", "path": "d"}]}], "platform_version": "1"}""");

            using VirtualMachineRawConfig raw = VmConfigFile.Load(path).Open(directory);

            Assert.Equal(Path.Combine(directory, "k"), raw.Kernel!.Name);
            Assert.Equal("a", raw.Disks[0].Partitions[0].Label);
            File.Delete(Path.Combine(directory, "d"));
            VirtualMachineException missing = Assert.Throws<VirtualMachineException>(() => VmConfigFile.Load(path).Open(directory));
            Assert.StartsWith("cannot open the VM's partition 'a': ", missing.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("{\n  \"kernle\": \"k\", \"platform_version\": \"1\"}", "vm.json:2:3: unknown member 'kernle'; did you mean 'kernel'?")]
    [InlineData("{\"kernel\": \"k\",\n \"disks\": [{}, {\"imgae\": 1}]}", "vm.json:2:17: unknown member 'imgae'; did you mean 'image'?")]
    [InlineData("{\"disks\": [{\"partitions\": [{\"label\": \"a\"}, {\"labels\": \"a\"}]}]}", "vm.json:1:45: unknown member 'labels'; did you mean 'label'?")]
    [InlineData("{\"usb_config\": {\"x\": 1}}", "vm.json:1:17: unknown member 'x'")]
    [InlineData("{\"kernel\": \"k\", \"kernel\": \"k\"}", "vm.json:1:17: the member 'kernel' is given twice")]
    [InlineData("{\"kernel\": \"k\"}", "vm.json:1:16: platform_version is missing")]
    [InlineData("{\"kernel\": \"k\", \"platform_version\": \"1\"", "vm.json:1:40: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed")]
    [InlineData("{\"kernel\": 5, \"platform_version\": \"1\"}", "vm.json:1:13: a value of another kind is needed at kernel")]
    [InlineData("{\"kernel\": \"k\", \"memory_mib\": 1.5, \"platform_version\": \"1\"}", "vm.json:1:34: a value of another kind is needed at memory_mib")]
    [InlineData("{\"kernel\": \"k\", \"memory_mib\": 99999999999, \"platform_version\": \"1\"}", "vm.json:1:42: a value of another kind is needed at memory_mib")]
    [InlineData("{\"\\ud800\": 1}", "vm.json: a text in it is no Unicode")]
    [InlineData("{\"kernel\": \"\\ud800\", \"platform_version\": \"1\"}", "vm.json:1:20: a value of another kind is needed at kernel")]
    [InlineData("null", "vm.json:1:1: null is no configuration of a VM")]
    [InlineData("{\"platform_version\": \"1\"}", "vm.json: a kernel or a bootloader is needed")]
    [InlineData("{\"kernel\": \"k\", \"bootloader\": \"b\", \"platform_version\": \"1\"}", "vm.json: kernel and bootloader exclude each other")]
    [InlineData("{\"bootloader\": \"b\", \"initrd\": \"i\", \"platform_version\": \"1\"}", "vm.json: an initrd needs a kernel")]
    [InlineData("{\"kernel\": \"k\", \"memory_mib\": 0, \"platform_version\": \"1\"}", "vm.json: memory_mib is 0; it must be positive")]
    [InlineData("{\"kernel\": \"k\", \"cpu_topology\": \"two\", \"platform_version\": \"1\"}", "vm.json: cpu_topology is 'two'; it can be one_cpu or match_host")]
    [InlineData("{\"kernel\": \"k\", \"console_input_device\": \"tty\", \"platform_version\": \"1\"}", "vm.json: console_input_device is 'tty'; it can be hvc0 or ttyS0")]
    [InlineData("{\"kernel\": \"k\", \"platform_version\": \"one\"}", "vm.json: platform_version is 'one', which is no requirement of Semantic Versioning such as ~1.0")]
    [InlineData("{\"kernel\": \"k\", \"disks\": [{}], \"platform_version\": \"1\"}", "vm.json: disks[0] must have exactly one of image and partitions")]
    [InlineData("{\"kernel\": \"k\", \"disks\": [{\"image\": \"i\", \"partitions\": [{\"label\": \"a\", \"path\": \"p\"}]}], \"platform_version\": \"1\"}", "vm.json: disks[0] must have exactly one of image and partitions")]
    [InlineData("{\"kernel\": \"k\", \"disks\": [null], \"platform_version\": \"1\"}", "vm.json: disks[0] is null")]
    [InlineData("{\"kernel\": \"k\", \"disks\": [{\"partitions\": [{\"label\": \"a\", \"path\": \"p\"}, {\"label\": \"a\", \"path\": \"q\"}]}], \"platform_version\": \"1\"}", "vm.json: disks[0] has two partitions 'a'")]
    [InlineData("{\"kernel\": \"k\", \"disks\": [{\"partitions\": [{\"label\": \"a\", \"path\": \"p\", \"guid\": \"g\"}]}], \"platform_version\": \"1\"}", "vm.json: disks[0] has a partition whose guid 'g' is none")]
    public void A_wrong_configuration_is_refused_in_one_line(string json, string expected) => Assert.Equal(expected, Refusal(json));

    [Fact]
    public void Every_cut_of_a_configuration_is_refused_with_a_place()
    {
        const string Json = """{"kernel": "k", "disks": [{"image": "é"}], "platform_version": "~1.0"}""";
        byte[] whole = Encoding.UTF8.GetBytes(Json);
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            VirtualMachineException refusal = Assert.Throws<VirtualMachineException>(() => VmConfigReader.Read(cut, "vm.json"));
            Assert.Matches(@"^vm\.json:1:\d+: ", refusal.Message);
            Assert.DoesNotContain('\n', refusal.Message);
        }
    }

    [Fact]
    public void Changed_bytes_never_make_anything_but_a_configuration_or_a_refusal()
    {
        byte[] whole = Encoding.UTF8.GetBytes("""{"kernel":"k","disks":[{"partitions":[{"label":"a","path":"p"}]},{"image":"i"}],"memory_mib":5,"platform_version":"~1.0"}""");
        Random random = new(20);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. whole];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            try
            {
                VmConfigReader.Read(changed, "vm.json");
            }
            catch (VirtualMachineException)
            {
                // That is the answer.
            }
        }
    }

    private static VmConfigFile Read(string json) => VmConfigReader.Read(Encoding.UTF8.GetBytes(json), "vm.json");

    private static string Refusal(string json) => Assert.Throws<VirtualMachineException>(() => Read(json)).Message;
}
