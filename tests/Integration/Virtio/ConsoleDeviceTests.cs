using System.Globalization;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Virtio;

/// <summary>Virtio consoles as Linux uses them.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class ConsoleDeviceTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Fact]
    public async Task Three_consoles_as_android_has_them_are_hvc0_to_hvc2_in_the_order_of_num()
    {
        // Open all the time: Linux forgets the modes of a terminal that nobody has open.
        await using HostProcess keys = Work.Start("mkfifo $W/keys; until grep -q 'this is 0' $W/zero; do sleep 0.2; done; echo typed >$W/keys");
        LinuxRun run = await new LinuxGuest("""
            exec 3<>/dev/hvc0 4<>/dev/hvc1 5<>/dev/hvc2
            for i in 0 1 2; do stty -F /dev/hvc$i raw -echo; echo "this is $i" >/dev/hvc$i; done
            seq 500 >/dev/hvc2
            echo '== input'; head -n 1 <&3
            echo '== devices'; cat /sys/bus/virtio/devices/virtio[012]/device
            """)
        {
            Modules = true,
            Options = "--serial type=file,path=$W/two,hardware=virtio-console,num=3 --serial type=file,path=$W/zero,input=$W/keys,hardware=virtio-console,num=1 "
                + "--serial type=sink,hardware=virtio-console,num=2",
        }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Equal("typed", run.Section("input"));
        Assert.Equal("0x0003\n0x0003\n0x0003", run.Section("devices"));
        Assert.Equal("this is 0\n", (await Work.Run("cat $W/zero")).Output);
        string numbers = string.Concat(Enumerable.Range(1, 500).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}\n")));
        Assert.Equal("this is 2\n" + numbers, (await Work.Run("cat $W/two")).Output);
    }

    [Fact]
    public async Task A_console_on_a_socket_is_the_kernels_console_and_takes_input_and_one_on_a_pseudo_terminal_too()
    {
        await using HostProcess vm = await new LinuxGuest("""
            exec 3<>/dev/hvc0 4<>/dev/hvc1
            stty -F /dev/hvc0 -echo; stty -F /dev/hvc1 raw -echo
            cat /proc/cmdline
            echo ready
            read -r line <&3; echo "hvc0 got $line"
            echo "<6>kernel line" >/dev/kmsg
            head -c 4 <&4; echo
            echo answer >&4
            echo 'all done'; sleep 60
            """)
        {
            Modules = true,
            SerialConsole = false,
            Options = "-p loglevel=7 --socket $W/socket --serial type=unix-stream,path=$W/hvc0,hardware=virtio-console,console "
                + "--serial type=pty,path=$W/hvc1,hardware=virtio-console,num=2",
        }.Start(Work);
        // Console of the kernel is the virtio console alone; what the guest's programs print comes on the serial port all the same.
        await vm.Expect("console=hvc0");
        int at = await vm.Expect("ready\n");
        await using HostProcess client = Work.Start("socat - UNIX-CONNECT:$W/hvc0");
        await client.Write("first words\n");
        at = await vm.Expect("hvc0 got first words", at);
        await client.Expect("kernel line");
        await using HostProcess terminal = Work.Start("exec socat - $W/hvc1,raw,echo=0");
        await terminal.Write("pty!");
        at = await vm.Expect("pty!", at);
        await terminal.Expect("answer");
        await vm.Expect("all done", at);
        (await Work.Run("./vmm stop $W/socket")).ShouldExitWith(0);
        (await vm.End(TimeSpan.FromSeconds(60))).ShouldExitWith(0);
        Assert.Equal("", (await Work.Run("ls $W/hvc0 $W/hvc1 2>/dev/null")).Output);
    }

    [Fact]
    public async Task The_size_of_the_terminal_reaches_the_guest_and_each_change_of_it()
    {
        const string Guest = """
            exec 3<>/dev/hvc0
            while [ "$(stty -F /dev/hvc0 size)" = '0 0' ]; do sleep 0.1; done
            echo "first $(stty -F /dev/hvc0 size)" >&3
            for i in $(seq 600); do [ "$(stty -F /dev/hvc0 size)" = '40 100' ] && break; sleep 0.1; done
            echo "then $(stty -F /dev/hvc0 size)" >&3
            """;
        await using HostProcess terminal = await new LinuxGuest(Guest)
        {
            Modules = true,
            Options = "--serial type=stdout,hardware=virtio-console,stdin --serial type=sink,console",
        }.StartOnTerminal(Work, before: "stty rows 31 cols 117; T=$(tty); (until [ -e $W/change ]; do sleep 0.2; done; stty -F $T rows 40 cols 100) & true", after: "echo left with $?");
        int at = await terminal.Expect("first 31 117");
        (await Work.Run("touch $W/change")).ShouldExitWith(0);
        at = await terminal.Expect("then 40 100", at);
        await terminal.Expect("left with 0", at);
    }
}
