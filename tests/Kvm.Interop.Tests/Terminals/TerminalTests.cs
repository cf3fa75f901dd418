using System.Text;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;

namespace Kvm.Interop.Tests.Terminals;

public class TerminalTests
{
    [Fact]
    public void A_raw_terminal_gives_each_byte_at_once_without_echo_or_signals()
    {
        using PseudoTerminal pty = PseudoTerminal.Open();
        using FileDescriptor user = pty.OpenUserEnd();
        using TerminalMode raw = TerminalMode.EnterRaw(user);
        pty.Master.WriteAll([3, (byte)'\r', (byte)'x']);
        byte[] buffer = new byte[16];

        Assert.True(user.WaitReadable(10_000));
        Assert.Equal(3, user.Read(buffer));
        Assert.Equal([3, 13, (byte)'x'], buffer[..3]);
        Assert.False(pty.Master.WaitReadable(20));
    }

    [Fact]
    public void Output_of_a_raw_terminal_is_not_translated()
    {
        using PseudoTerminal pty = PseudoTerminal.Open();
        using FileDescriptor user = pty.OpenUserEnd();
        using TerminalMode raw = TerminalMode.EnterRaw(user);
        user.WriteAll("a\nb"u8);

        Assert.Equal("a\nb", ReadText(pty.Master));
    }

    [Fact]
    public void A_terminal_tells_the_size_that_it_was_given()
    {
        using PseudoTerminal pty = PseudoTerminal.Open();
        using FileDescriptor user = pty.OpenUserEnd();
        new TerminalSize(123, 45).Set(pty.Master);

        Assert.Equal(new TerminalSize(123, 45), TerminalSize.Of(user));
    }

    [Fact]
    public void What_is_no_terminal_or_has_no_size_has_none()
    {
        using PseudoTerminal pty = PseudoTerminal.Open();
        using FileDescriptor user = pty.OpenUserEnd();
        using PosixFile file = PosixFile.Open("/dev/null", OpenFlags.O_RDONLY);

        Assert.Null(TerminalSize.Of(user));
        Assert.Null(TerminalSize.Of(file));
    }

    [Fact]
    public void Restoring_brings_echo_and_lines_back_and_happens_once()
    {
        using PseudoTerminal pty = PseudoTerminal.Open();
        using FileDescriptor user = pty.OpenUserEnd();
        TerminalMode raw = TerminalMode.EnterRaw(user);
        raw.Dispose();
        pty.Master.WriteAll("hi"u8);

        Assert.Equal("hi", ReadText(pty.Master));
        Assert.False(user.WaitReadable(20));

        using TerminalMode again = TerminalMode.EnterRaw(user);
        raw.Dispose();
        pty.Master.WriteAll("x"u8);
        Assert.False(pty.Master.WaitReadable(20));
    }

    [Fact]
    public void A_terminal_that_went_away_does_not_disturb_the_restoring()
    {
        PseudoTerminal pty = PseudoTerminal.Open();
        using FileDescriptor user = pty.OpenUserEnd();
        TerminalMode raw = TerminalMode.EnterRaw(user);
        pty.Dispose();

        Assert.Null(Record.Exception(raw.Dispose));
    }

    [Fact]
    public void A_file_is_no_terminal()
    {
        using MemFd file = MemFd.Create("test", 0x1000);

        Assert.False(TerminalMode.IsTerminal(file));
        Assert.Equal("TCGETS on memfd:test: ENOTTY (Inappropriate ioctl for device)", Assert.Throws<LinuxException>(() => TerminalMode.EnterRaw(file)).Message);
    }

    [Fact]
    public void The_path_of_a_terminal_leads_to_it()
    {
        using PseudoTerminal pty = PseudoTerminal.Open();
        using PosixFile user = PosixFile.Open(pty.Path, OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);

        Assert.True(TerminalMode.IsTerminal(user));
        user.WriteAll("hello"u8);
        Assert.Equal("hello", ReadText(pty.Master));
    }

    private static string ReadText(FileDescriptor descriptor)
    {
        byte[] buffer = new byte[64];
        Assert.True(descriptor.WaitReadable(10_000));
        return Encoding.ASCII.GetString(buffer, 0, descriptor.Read(buffer));
    }
}
