using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Vmm.Configuration;
using Vmm.Machine;
using Vmm.Outcome;

namespace Vmm.Tests.Machine;

public sealed class ExplainCommandTests : IDisposable
{
    private readonly string _kernel = Path.GetTempFileName();

    public ExplainCommandTests()
    {
        byte[] image = new byte[8192];
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(16), 0x200000); // image_size
        "ARM\x64"u8.CopyTo(image.AsSpan(0x38));
        File.WriteAllBytes(_kernel, image);
    }

    public void Dispose() => File.Delete(_kernel);

    [SkippableFact]
    public void Explain_shows_the_machine_that_was_reviewed()
    {
        Skip.If(RuntimeInformation.ProcessArchitecture == Architecture.Arm64, "an ARM64 host is asked what it can give; the text then differs");
        GoldenText.Check("explain.txt", Explain(new VmConfig { KernelPath = _kernel, CpuCount = 4, Params = ["quiet"] }));
    }

    [Fact]
    public void Explain_refuses_what_run_refuses()
    {
        var error = Assert.Throws<LayoutException>(() => Explain(new VmConfig { KernelPath = _kernel, MemoryMib = 1 }));

        Assert.Contains("--mem 1: too little memory", error.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Error, error.ExitCode);
    }

    [Fact]
    public void A_file_that_is_no_overlay_is_refused_by_its_option()
    {
        string overlay = Path.GetTempFileName();
        File.WriteAllText(overlay, "not a device tree");
        VmConfig config = new() { KernelPath = _kernel, DeviceTreeOverlays = [new DeviceTreeOverlay(overlay, Filter: false)] };

        var error = Assert.Throws<LayoutException>(() => Explain(config));

        Assert.StartsWith("--device-tree-overlay", error.Message, StringComparison.Ordinal);
        File.Delete(overlay);
    }

    private static string Explain(VmConfig config)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        ExplainCommand.Write(config, output);
        return output.ToString();
    }
}
