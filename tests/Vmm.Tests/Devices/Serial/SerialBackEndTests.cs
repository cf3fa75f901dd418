using System.IO.Pipes;
using System.Net.Sockets;
using System.Text;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Vmm.Configuration;
using Vmm.Devices.Serial;
using static Vmm.Devices.Serial.SerialRegisters;

namespace Vmm.Tests.Devices.Serial;

/// <summary>Ports on real files, pipes, sockets and terminals.</summary>
public sealed class SerialBackEndTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("serial").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string At(string name) => Path.Combine(_directory, name);

    private static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] ReadExactly(Stream stream, int count)
    {
        byte[] bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static Socket ConnectTo(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 10_000, SendTimeout = 10_000 };
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static string ReadText(Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            int got = socket.Receive(bytes, done, count - done, SocketFlags.None);
            Assert.True(got > 0, "the connection ended");
            done += got;
        }

        return Encoding.Latin1.GetString(bytes);
    }

    [Fact]
    public void A_file_is_appended_to_and_has_everything_when_the_port_is_closed()
    {
        File.WriteAllText(At("log"), "before\n");
        byte[] output = Pattern(1 << 18);
        using (SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.File, Path = At("log") }))
        {
            port.Print(output);
        }

        byte[] content = File.ReadAllBytes(At("log"));
        Assert.Equal("before\n", Encoding.ASCII.GetString(content, 0, 7));
        Assert.Equal(output, content[7..]);
    }

    [Fact]
    public void A_prompt_without_a_newline_appears_at_once()
    {
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.File, Path = At("log") });
        port.Print("login: ");
        SerialPortHarness.Until(() => File.ReadAllText(At("log")) == "login: ", "the prompt did not appear");
    }

    [Fact]
    public void The_input_file_is_read_whole_as_fast_as_the_guest_takes_it()
    {
        byte[] input = Pattern(100_000);
        File.WriteAllBytes(At("input"), input);
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.File, Path = At("log"), Input = At("input") });
        Assert.Equal(input, port.Receive(input.Length));
    }

    [Fact]
    public void A_stuck_reader_stops_the_guests_output_without_loss_until_it_reads()
    {
        using AnonymousPipeServerStream reader = new(PipeDirection.In);
        using SerialPortHarness port = new(new SerialConfig
        {
            Backend = SerialBackend.File,
            Path = $"/proc/self/fd/{reader.ClientSafePipeHandle.DangerousGetHandle()}",
        });
        int printed = port.PrintUntilStuck(1 << 20);
        Assert.InRange(printed, 1, (1 << 16) + (1 << 14) + 16); // a pipe and the port's own queue

        int edges = port.Line.Raised;
        port.Uart.Write8(UART_IER, UART_IER_THRI);
        Assert.Equal(edges, port.Line.Raised); // nothing to tell while there is no room
        byte[] first = ReadExactly(reader, printed);
        Assert.Equal(Enumerable.Range(0, printed).Select(i => (byte)i), first);
        SerialPortHarness.Until(() => port.Line.Raised > edges, "the transmitter's interrupt did not come");
        Assert.Equal(UART_IIR_THRI, port.Uart.Read8(UART_IIR) & 0xf);
        port.Print("again");
        Assert.Equal("again"u8.ToArray(), ReadExactly(reader, 5));
    }

    [Fact]
    public void A_reader_that_goes_away_frees_a_guest_that_waits_for_it()
    {
        AnonymousPipeServerStream reader = new(PipeDirection.In);
        using SerialPortHarness port = new(new SerialConfig
        {
            Backend = SerialBackend.File,
            Path = $"/proc/self/fd/{reader.ClientSafePipeHandle.DangerousGetHandle()}",
        });
        reader.DisposeLocalCopyOfClientHandle();
        port.PrintUntilStuck(1 << 20);
        Assert.False(port.CanPrint);
        reader.Dispose();
        port.Print(new byte[1 << 18]);
    }

    [Fact]
    public void A_device_that_is_full_is_reported_once_and_drops_the_output()
    {
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.File, Path = "/dev/full" });
        port.Print(new byte[100_000]);
        SerialPortHarness.Until(() => port.Reports.Count > 0, "nothing was reported");
        Assert.Contains("ENOSPC", Assert.Single(port.Reports), StringComparison.Ordinal);
        Assert.Contains("--serial num=1,type=file", port.Reports[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SerialBackend.File, "missing/log", "type=file", "ENOENT")]
    [InlineData(SerialBackend.File, ".", "type=file", "EISDIR")]
    [InlineData(SerialBackend.UnixStream, "missing/socket", "type=unix-stream", "ENOENT")]
    [InlineData(SerialBackend.UnixStream, "regular", "type=unix-stream", "ECONNREFUSED")]
    [InlineData(SerialBackend.Pty, "missing/pty", "type=pty", "ENOENT")]
    [InlineData(SerialBackend.Pty, "regular", "type=pty", "EEXIST")]
    public void A_back_end_that_cannot_be_opened_names_the_option_the_path_and_the_error(SerialBackend backEnd, string name, string type, string errno)
    {
        File.WriteAllText(At("regular"), "precious");
        LinuxException error = Assert.Throws<LinuxException>(() => new SerialPortHarness(new SerialConfig { Backend = backEnd, Path = At(name) }));
        Assert.Contains("--serial num=1," + type, error.Message, StringComparison.Ordinal);
        Assert.Contains(At(name), error.Message, StringComparison.Ordinal);
        Assert.Contains(errno, error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(At("regular")));
    }

    [Fact]
    public void A_socket_path_that_is_too_long_is_refused()
    {
        LinuxException error = Assert.Throws<LinuxException>(
            () => new SerialPortHarness(new SerialConfig { Backend = SerialBackend.UnixStream, Path = At(new string('x', 120)) }));
        Assert.Contains("107", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_socket_carries_both_directions_and_serves_one_client_after_the_other()
    {
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.UnixStream, Path = At("socket") });
        port.Print(new string('.', 100_000)); // nobody there: dropped, and nobody waits
        using Socket first = ConnectTo(At("socket"));
        first.Send("to guest"u8);
        Assert.Equal("to guest", port.ReceiveText(8));
        port.Print("to host");
        string seen = ReadText(first, 1);
        while (seen[0] == '.')
        {
            seen = ReadText(first, 1); // what was still queued when the client came
        }

        Assert.Equal("to host", seen + ReadText(first, 6));

        using Socket second = ConnectTo(At("socket"));
        second.Send("next"u8);
        Thread.Sleep(20);
        Assert.Equal(0, port.Uart.Read8(UART_LSR) & UART_LSR_DR); // it waits for its turn
        first.Dispose();
        Assert.Equal("next", port.ReceiveText(4));
        port.Print("hello second");
        Assert.Equal("hello second", ReadText(second, 12));
    }

    [Fact]
    public void A_client_that_pastes_one_MiB_and_leaves_loses_nothing()
    {
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.UnixStream, Path = At("socket") });
        byte[] paste = Pattern(1 << 20);
        Thread sender = new(() =>
        {
            using Socket client = ConnectTo(At("socket"));
            for (int done = 0; done < paste.Length;)
            {
                done += client.Send(paste, done, paste.Length - done, SocketFlags.None);
            }
        });
        sender.Start();
        Assert.Equal(paste, port.Receive(paste.Length));
        sender.Join();
        using Socket next = ConnectTo(At("socket"));
        next.Send("x"u8);
        Assert.Equal("x", port.ReceiveText(1));
    }

    [Fact]
    public void A_client_that_only_listens_from_some_point_on_still_gets_output()
    {
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.UnixStream, Path = At("socket") });
        using Socket client = ConnectTo(At("socket"));
        client.Send("uname\n"u8);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("uname\n", port.ReceiveText(6));
        Thread.Sleep(20);
        port.Print("Linux\n");
        Assert.Equal("Linux\n", ReadText(client, 6));
        client.Dispose();
        using Socket next = ConnectTo(At("socket"));
        next.Send("x"u8);
        Assert.Equal("x", port.ReceiveText(1));
    }

    [Fact]
    public void A_port_connects_where_somebody_listens_already_and_ends_with_that_connection()
    {
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(At("socket")));
        listener.Listen(1);
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.UnixStream, Path = At("socket") });
        using Socket peer = listener.Accept();
        port.Print("hello");
        Assert.Equal("hello", ReadText(peer, 5));
        peer.Dispose();
        port.Print(new byte[1 << 17]);
    }

    [Fact]
    public void A_socket_left_behind_is_replaced_and_the_ports_own_is_removed()
    {
        Socket stale = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stale.Bind(new UnixDomainSocketEndPoint(At("stale")));
        File.Move(At("stale"), At("socket")); // so that closing does not remove it
        stale.Dispose();
        using (SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.UnixStream, Path = At("socket") }))
        {
            using Socket client = ConnectTo(At("socket"));
            client.Send("x"u8);
            Assert.Equal("x", port.ReceiveText(1));
        }

        Assert.False(File.Exists(At("socket")));
    }

    [Fact]
    public void Each_line_is_one_datagram_and_the_rest_follows_at_the_end()
    {
        using Socket receiver = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        receiver.Bind(new UnixDomainSocketEndPoint(At("log")));
        List<string> lines = [];
        void Take()
        {
            byte[] buffer = new byte[4096];
            lines.Add(Encoding.ASCII.GetString(buffer, 0, receiver.Receive(buffer)));
        }

        using (SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.Unix, Path = At("log") }))
        {
            port.Print("[    0.000000] Booting\r\nsecond\n" + new string('x', 1500) + "\n# ");
            for (int i = 0; i < 4; i++)
            {
                Take();
            }
        }

        Take();
        Assert.Equal(["[    0.000000] Booting", "second", new string('x', 1024), new string('x', 476), "# "], lines);
    }

    [Fact]
    public void Datagrams_reach_a_receiver_that_comes_later_or_again()
    {
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.Unix, Path = At("log") });
        port.Print("nobody\n");
        for (int i = 0; i < 2; i++)
        {
            File.Delete(At("log"));
            using Socket receiver = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            receiver.Bind(new UnixDomainSocketEndPoint(At("log")));
            SerialPortHarness.Until(
                () =>
                {
                    port.Print("tick\n");
                    Thread.Sleep(10);
                    return receiver.Available > 0;
                },
                "no datagram arrived");
        }
    }

    [Fact]
    public void A_pseudo_terminal_survives_the_programs_that_open_it()
    {
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.Pty, Path = At("console") });
        string path = new FileInfo(At("console")).LinkTarget!;
        Assert.Equal($"serial port 1 is {path}", Assert.Single(port.Reports));
        port.Print(new byte[200_000]); // nobody has it open: dropped
        for (int round = 0; round < 3; round++)
        {
            using FileDescriptor terminal = PosixFile.Open(path, OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
            terminal.WriteAll("ls\r"u8);
            Assert.Equal("ls\r", port.ReceiveText(3));
            port.Print("out\r\n");
            string seen = "";
            while (!seen.EndsWith('\n'))
            {
                byte[] buffer = new byte[4096];
                Assert.True(terminal.WaitReadable(10_000));
                seen += Encoding.ASCII.GetString(buffer, 0, terminal.Read(buffer));
            }

            Assert.Equal("out\r\n", seen.TrimStart('\0')); // untranslated; before it what was queued when the terminal was opened
            Assert.InRange(seen.Length, 5, 20_000);
            Assert.Equal(0, port.Uart.Read8(UART_LSR) & UART_LSR_DR); // and not echoed to the guest
        }

        port.Print(new byte[200_000]);
    }

    [Fact]
    public void A_link_to_an_older_terminal_is_replaced_and_the_ports_own_is_removed()
    {
        File.CreateSymbolicLink(At("console"), "/dev/pts/99999");
        using (SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.Pty, Path = At("console") }))
        {
            Assert.NotEqual("/dev/pts/99999", new FileInfo(At("console")).LinkTarget);
        }

        Assert.Null(new FileInfo(At("console")).LinkTarget);
    }

    [Fact]
    public void A_paste_of_one_MiB_into_a_pseudo_terminal_arrives_whole()
    {
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.Pty, Path = At("console") });
        byte[] paste = Pattern(1 << 20);
        Thread sender = new(() =>
        {
            using FileDescriptor terminal = PosixFile.Open(At("console"), OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
            terminal.WriteAll(paste);
            Thread.Sleep(50); // a terminal's last close may flush what nobody has read
        });
        sender.Start();
        Assert.Equal(paste, port.Receive(paste.Length));
        sender.Join();
    }

    [Fact]
    public void A_FIFO_as_input_waits_for_its_writers()
    {
        System.Diagnostics.Process.Start("mkfifo", At("fifo")).WaitForExit();
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.File, Path = At("log"), Input = At("fifo") });
        for (int i = 0; i < 2; i++)
        {
            File.WriteAllText(At("fifo"), "again");
            Assert.Equal("again", port.ReceiveText(5));
        }
    }

    [Fact]
    public void A_port_that_is_configured_twice_is_refused()
    {
        using EventLoop loop = new("unused", _ => { });
        Assert.Throws<ArgumentException>(
            () => SerialPorts.Open([new SerialConfig(), new SerialConfig()], loop, _ => new RecordingLine(), () => { }, _ => { }));
    }

    [Fact]
    public void Printing_allocates_nothing_on_the_guests_thread()
    {
        using SerialPortHarness port = new(new SerialConfig { Backend = SerialBackend.File, Path = At("log") });
        byte[] text = new byte[16];
        port.Print(text);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 16; i++)
            {
                port.Uart.Write8(UART_TX, (byte)i);
            }
        }));
    }
}
