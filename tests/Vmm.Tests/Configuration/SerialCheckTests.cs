using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.Tests.Configuration;

public sealed class SerialCheckTests
{
    private static readonly SerialConfig s_stdout = new() { Backend = SerialBackend.Stdout };
    private static readonly SerialConfig s_fileBackend = new() { Backend = SerialBackend.File, Path = "/tmp/out" };

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(int.MaxValue)]
    public void A_port_number_outside_1_to_4_is_refused(int number) =>
        Refused($"--serial: num={number}; serial ports have numbers 1 to 4", s_stdout with { Number = number });

    [Fact]
    public void Two_ports_of_one_number_are_refused() =>
        Refused("--serial: two options describe port 2; give another num=", s_stdout with { Number = 2 }, s_fileBackend with { Number = 2 });

    [Fact]
    public void Two_consoles_are_refused() =>
        Refused("--serial: port 1 and port 2 both have console; one port can", s_stdout with { Console = true }, s_fileBackend with { Number = 2, Console = true });

    [Fact]
    public void Two_early_consoles_are_refused() =>
        Refused(
            "--serial: port 1 and port 2 both have earlycon; one port can",
            s_stdout with { EarlyConsole = true },
            s_fileBackend with { Number = 2, EarlyConsole = true });

    [Fact]
    public void Two_ports_on_standard_input_are_refused() =>
        Refused("--serial: port 1 and port 3 both have stdin; one port can", s_stdout with { Stdin = true }, s_stdout with { Number = 3, Stdin = true });

    [Theory]
    [InlineData(SerialBackend.File, "file")]
    [InlineData(SerialBackend.Unix, "unix")]
    [InlineData(SerialBackend.UnixStream, "unix-stream")]
    public void A_back_end_with_a_place_needs_its_path(SerialBackend backend, string name) =>
        Refused($"--serial: type={name} of port 1 needs path=", new SerialConfig { Backend = backend });

    [Fact]
    public void Input_without_a_file_back_end_is_refused() =>
        Refused("--serial: input= goes with type=file, and port 1 has type=stdout", s_stdout with { Input = "x" });

    [Fact]
    public void Standard_input_without_standard_output_is_refused() =>
        Refused("--serial: stdin goes with type=stdout, and port 1 has type=file", s_fileBackend with { Stdin = true });

    [Fact]
    public void Two_ports_cannot_make_one_socket() =>
        Refused(
            "--serial: port 1 and port 2 both make /tmp/s",
            new SerialConfig { Backend = SerialBackend.UnixStream, Path = "/tmp/s" },
            new SerialConfig { Backend = SerialBackend.UnixStream, Path = "/tmp/s", Number = 2 });

    [Fact]
    public void Virtio_consoles_count_for_themselves()
    {
        var console = s_fileBackend with { Hardware = SerialHardware.VirtioConsole };
        Assert.Empty(Warnings(s_fileBackend, console, console with { Number = 16 }));
        Refused("--serial: num=17; virtio consoles have numbers 1 to 16", console with { Number = 17 });
        Refused("--serial: two options describe virtio console 1; give another num=", console, s_fileBackend, console);
        Refused("--serial: port 1 and virtio console 1 both have console; one port can", s_stdout with { Console = true }, console with { Console = true });
        Refused(
            "--serial: earlycon goes with hardware=serial; virtio console 2 comes too late in the guest's start",
            console with { Number = 2, EarlyConsole = true });
    }

    [Fact]
    public void Two_ports_may_write_to_one_file() => Assert.Empty(Warnings(s_fileBackend, s_fileBackend with { Number = 2 }));

    [Fact]
    public void What_has_no_effect_is_told()
    {
        Assert.Equal(["--serial: path=x has no effect with type=stdout"], Warnings(s_stdout with { Path = "x" }));
        Assert.Equal(["--serial: earlycon has no effect on port 1: type=sink drops all output"], Warnings(new SerialConfig { EarlyConsole = true }));
        Assert.Equal(["--serial: two ports write to standard output; their lines will mix"], Warnings(s_stdout, s_stdout with { Number = 2 }));
    }

    private static IReadOnlyList<string> Warnings(params SerialConfig[] ports) =>
        VmConfigCheck.Check(new VmConfig { KernelPath = "Image", Serial = ports });

    private static void Refused(string expected, params SerialConfig[] ports) =>
        Assert.Equal(expected, Assert.Throws<InvalidOptionException>(() => Warnings(ports)).Message);
}
