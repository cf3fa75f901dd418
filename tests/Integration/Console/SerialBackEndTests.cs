using Integration.Hosts;

namespace Integration.Console;

/// <summary>What a serial port can stand on, with a guest that sends back what it gets.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class SerialBackEndTests(PlainKvm plain) : HostTests(plain.Host)
{
    // What the guest printed before somebody was there to read it is lost; what it sends back to him is not.
    private const string Greeting = "(r?e?a?d?y?\n)?";

    [Fact]
    public async Task A_file_takes_the_output_at_its_end_and_gives_the_input()
    {
        CommandResult run = await Work.Run(
            """
            echo before >$W/out; printf 'from a file\004' >$W/in
            ./vmm run --serial type=file,path=$W/out,input=$W/in guests/echo.img </dev/null; echo status $?
            cat $W/out
            """);

        Assert.Equal("status 0\nbefore\nready\nfrom a file", run.Text);
    }

    [Fact]
    public async Task A_unix_stream_socket_serves_a_client_and_goes_with_the_vm()
    {
        CommandResult run = await Work.Run(
            """
            ./vmm run --serial type=unix-stream,path=$W/serial guests/echo.img </dev/null & vm=$!
            until [ -S $W/serial ]; do sleep 0.05; done
            printf 'through a socket\004' | ./HostProbe connect $W/serial; echo
            wait $vm; echo status $?; ls $W
            """);

        Assert.Matches($"^{Greeting}through a socket\nstatus 0\n$", run.Text);
    }

    [Fact]
    public async Task A_pseudo_terminal_is_linked_serves_a_program_and_goes_with_the_vm()
    {
        CommandResult run = await Work.Run(
            """
            ./vmm run --serial type=pty,path=$W/tty guests/echo.img </dev/null 2>$W/error & vm=$!
            until [ -L $W/tty ]; do sleep 0.05; done
            exec 3<>$W/tty
            printf 'through a terminal\004' >&3
            cat <&3 >$W/out 2>$W/hangup &
            wait $vm; echo status $?
            wait; cat $W/out; echo; sed 's/[0-9]*$//' $W/error; [ -L $W/tty ] || echo gone
            """);

        Assert.Matches($"^status 0\n{Greeting}through a terminal\nvmm: serial: serial port 1 is /dev/pts/\ngone\n$", run.Text);
    }

    [Fact]
    public async Task A_sink_swallows_everything_and_other_ports_do_not_mix()
    {
        CommandResult run = await Work.Run(
            """
            ./vmm run --serial type=sink --serial type=stdout,num=2 guests/poweroff.img </dev/null; echo status $?
            """);

        Assert.Equal("status 0\n", run.Text);
    }
}
