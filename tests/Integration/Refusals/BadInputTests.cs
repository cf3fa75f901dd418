using Integration.Hosts;

namespace Integration.Refusals;

/// <summary>Whatever is wrong: one line that says what and where, the right exit status, nothing left behind.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class BadInputTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Bare = "guests/poweroff.img";

    private static readonly Dictionary<string, BadInput> s_inputs = new()
    {
        ["no command"] = new("./vmm", 35, "no command given"),
        ["unknown command"] = new("./vmm rum guests/poweroff.img", 35, "did you mean 'run'?"),
        ["no kernel"] = new("./vmm run", 35, "no kernel given"),
        ["two kernels"] = new($"./vmm run {Bare} {Bare}", 35, "two kernels given"),
        ["kernel missing"] = new("./vmm run $W/none", 1, "/none: No such file or directory"),
        ["kernel is a directory"] = new("./vmm run guests", 1, "guests is a directory"),
        ["kernel is a text file"] = new("./vmm run $W/k", 1, "k: ") { Setup = "echo 'not a kernel, only a text file that is a little longer than a header' >$W/k" },
        ["kernel is empty"] = new("./vmm run $W/k", 1, "k is empty") { Setup = ": >$W/k" },
        ["kernel is a pipe"] = new("./vmm run $W/k", 1, "is a pipe") { Setup = "mkfifo $W/k" },
        ["kernel is for x86"] = new("./vmm run $W/k", 1, "x86")
        {
            Setup = "head -c 4096 /dev/zero >$W/k; printf '\\125\\252' | dd of=$W/k bs=1 seek=510 conv=notrunc 2>/dev/null; "
                + "printf HdrS | dd of=$W/k bs=1 seek=514 conv=notrunc 2>/dev/null",
        },
        ["kernel cut short"] = new("./vmm run $W/k", 1, "1000000") { Setup = "head -c 1000000 $LINUX >$W/k" },
        ["compressed kernel cut short"] = new("./vmm run $W/k", 1, "gzip") { Setup = "gzip -c guests/hostile.img | head -c 150 >$W/k" },
        ["initrd missing"] = new($"./vmm run --initrd $W/none {Bare}", 1, "--initrd: cannot open"),
        ["initrd is empty"] = new($"./vmm run --initrd $W/i {Bare}", 1, "i is empty") { Setup = ": >$W/i" },
        ["initrd is a directory"] = new($"./vmm run --initrd $W {Bare}", 1, "is a directory"),
        ["initrd too large for memory"] = new($"./vmm run --mem 32 --initrd $LINUX {Bare}", 1, "too little memory"),
        ["memory below the least"] = new($"./vmm run --mem 8 {Bare}", 35, "--mem: 8 MiB is outside 16"),
        ["memory too small for the kernel"] = new("./vmm run --mem 24 $LINUX", 1, "--mem 24: too little memory"),
        ["memory beyond every host"] = new($"./vmm run --mem 99999999999 {Bare}", 35, "--mem: 99999999999 MiB is outside"),
        ["memory beyond this host's addresses"] = new($"./vmm run --mem 4000000000 {Bare}", 1, "--mem 4000000000: this host's VMs have"),
        ["memory is no number"] = new($"./vmm run --mem much {Bare}", 35, "--mem"),
        ["no cpus"] = new($"./vmm run --cpus 0 {Bare}", 35, "--cpus: 0 vCPUs"),
        ["too many cpus"] = new($"./vmm run --cpus 17 {Bare}", 35, "1 to 16"),
        ["unknown key"] = new($"./vmm run --serial type=stdout,consol {Bare}", 35, "did you mean 'console'?"),
        ["unknown option"] = new($"./vmm run --initrb x {Bare}", 35, "unknown option '--initrb'; did you mean '--initrd'?"),
        ["option of crosvm that is not here yet"] = new($"./vmm run --vfio x {Bare}", 35, "--vfio is an option of crosvm that vmm does not have yet"),
        ["disk that is not there"] = new($"./vmm run --block path=x {Bare}", 1, "--block: cannot open x"),
        ["disk of an unknown type"] = new($"./vmm run --block path=x,type=vhd {Bare}", 35, "type"),
        ["address of a guest that is the host's"] = new($"./vmm run --cid 2 {Bare}", 35, "cid"),
        ["tap that is not there"] = new($"./vmm run --net tap-name=a-name-that-is-too-long {Bare}", 35, "tap-name"),
        ["back end that does not listen"] = new($"./vmm run --vhost-user fs,socket=nobody {Bare}", 1, "nobody"),
        ["two options of one port"] = new($"./vmm run --serial num=2 --serial num=2 {Bare}", 35, "port 2"),
        ["pool larger than memory"] = new($"./vmm run --mem 32 --swiotlb 64 {Bare}", 35, "--swiotlb"),
        ["kernel parameters too long"] = new($"./vmm run -p $(head -c 3000 /dev/zero | tr '\\0' x) {Bare}", 35, "--params"),
        ["device tree nowhere"] = new($"./vmm run --fdt-position middle {Bare}", 35, "start, end, after-payload"),
        ["machine of a date before all"] = new($"./vmm run --compat-date 2001-01-01 {Bare}", 35, "--compat-date"),
        ["pci window in memory"] = new($"./vmm run --pci mem=[start=0x80000000,size=0x2000000] {Bare}", 1, "overlap"),
        ["device tree dump nowhere"] = new($"./vmm run --dump-device-tree-blob $W/none/dtb {Bare}", 1, "--dump-device-tree-blob: cannot open"),
        ["overlay is garbage"] = new($"./vmm run --device-tree-overlay $W/o {Bare}", 1, "/o: not a device tree blob") { Setup = "head -c 500 guests/hostile.img >$W/o" },
        ["serial file nowhere"] = new($"./vmm run --serial type=file,path=$W/none/out {Bare}", 1, "No such file or directory"),
        ["serial socket at another file"] = new($"./vmm run --serial type=unix-stream,path=$W/s {Bare}", 1, "--serial num=1,type=unix-stream") { Setup = ": >$W/s" },
        ["control socket at another file"] = new($"./vmm run --socket $W/s {Bare}", 1, "s exists and is not a socket") { Setup = ": >$W/s" },
        ["control socket nowhere"] = new($"./vmm run --socket $W/none/s {Bare}", 1, "--socket: cannot listen on"),
        ["control socket's path too long"] = new($"./vmm run --socket $W/$(head -c 200 /dev/zero | tr '\\0' x) {Bare}", 35, "--socket"),
        ["nobody to stop"] = new("./vmm stop $W/none", 1, "no VM at"),
    };

    /// <summary>The names of the inputs.</summary>
    public static TheoryData<string> Names => [.. s_inputs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_is_refused_in_one_line_with_its_status_and_nothing_stays(string input)
    {
        BadInput bad = s_inputs[input];
        CommandResult run = await Work.Run($"{bad.Setup}; ls -A $W >/tmp/$VMM_TEST; {bad.Command} </dev/null; s=$?; ls -A $W | diff /tmp/$VMM_TEST -; rm /tmp/$VMM_TEST; exit $s");

        Refusal.Check(run, bad.Status, bad.Says);
    }

    [Fact]
    public async Task Overlays_that_contradict_each_other_are_refused_by_name()
    {
        await Work.Put("one", Boot.KernelFiles.CompileOverlay(Overlay(1)));
        await Work.Put("two", Boot.KernelFiles.CompileOverlay(Overlay(2)));

        CommandResult both = await Work.Run($"./vmm run --device-tree-overlay $W/one --device-tree-overlay $W/two {Bare} </dev/null");
        CommandResult same = await Work.Run($"./vmm run --device-tree-overlay $W/one --device-tree-overlay $W/one {Bare} </dev/null");

        Refusal.Check(both, 1, $"{Work.Path}/two");
        Assert.Contains($"{Work.Path}/one", both.Error, StringComparison.Ordinal);
        same.ShouldExitWith(0);
    }

    [Fact]
    public async Task A_terminal_is_left_as_it_was()
    {
        await using HostProcess terminal = Work.StartOnTerminal("stty -g; ./vmm run --mem 24 $LINUX; echo status $?; stty -g");
        CommandResult ended = await terminal.End(TimeSpan.FromSeconds(60));

        string[] lines = ended.Text.Trim().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("vmm: --mem 24: too little memory", lines[1], StringComparison.Ordinal);
        Assert.Equal("status 1", lines[2]);
        Assert.Equal(lines[0], lines[3]);
    }

    private static string Overlay(int number) => $$"""
        /dts-v1/;
        /plugin/;
        / { fragment@0 { target-path = "/"; __overlay__ { number = <{{number}}>; }; }; };
        """;
}
