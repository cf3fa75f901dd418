using System.Text;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;
using Microdroid.Failure;
using Virtualization.Aidl;

namespace Microdroid.Tests.Failure;

public class FailureChannelTests
{
    [Theory]
    [InlineData("FailedToConnectToVirtualizationService", "MICRODROID_FAILED_TO_CONNECT_TO_VIRTUALIZATION_SERVICE", ErrorCode.Unknown)]
    [InlineData("PayloadChanged", "MICRODROID_PAYLOAD_HAS_CHANGED", ErrorCode.PayloadChanged)]
    [InlineData("PayloadVerificationFailed", "MICRODROID_PAYLOAD_VERIFICATION_FAILED", ErrorCode.PayloadVerificationFailed)]
    [InlineData("PayloadInvalidConfig", "MICRODROID_INVALID_PAYLOAD_CONFIG", ErrorCode.PayloadInvalidConfig)]
    [InlineData("UnknownRuntimeError", "MICRODROID_UNKNOWN_RUNTIME_ERROR|text", ErrorCode.Unknown)]
    public void Each_reason_has_its_word_and_code(string reason, string word, ErrorCode code)
    {
        var failure = new MicrodroidException(Enum.Parse<FailureReason>(reason), "text");
        Assert.Equal(word, FailureChannel.Describe(failure));
        Assert.Equal(code, MicrodroidException.CodeOf(failure));
    }

    [Fact]
    public void Any_other_failure_is_unknown_and_its_text_is_one_field_on_one_line()
    {
        string word = FailureChannel.Describe(new IOException("a|b\nc\0" + new string('x', 5000)));
        Assert.StartsWith("MICRODROID_UNKNOWN_RUNTIME_ERROR|a b c xxx", word, StringComparison.Ordinal);
        Assert.Equal("MICRODROID_UNKNOWN_RUNTIME_ERROR|".Length + FailureChannel.MaximumDetail, word.Length);
    }

    [Fact]
    public void The_port_gets_no_more_than_16_bytes_at_once()
    {
        var port = new Chunks();
        new FailureChannel(() => port).Write(new MicrodroidException(FailureReason.PayloadInvalidConfig, ""));
        Assert.Equal(["MICRODROID_INVAL", "ID_PAYLOAD_CONFI", "G", "drained", "closed"], port.Written);
    }

    [Fact]
    public void A_port_that_cannot_be_opened_changes_nothing() =>
        new FailureChannel(() => throw new LinuxException("open", "/dev/ttyS1", Errno.ENOENT)).Write(new IOException("text"));

    [Fact]
    public void A_serial_line_gets_the_word()
    {
        using PseudoTerminal terminal = PseudoTerminal.Open();
        using FileDescriptor other = terminal.OpenUserEnd(); // Without it the terminal hangs up before it is read.
        new FailureChannel(() => new SerialFailurePort(terminal.Path)).Write(new MicrodroidException(FailureReason.PayloadChanged, ""));
        byte[] read = new byte["MICRODROID_PAYLOAD_HAS_CHANGED".Length];
        for (int filled = 0; filled < read.Length;)
        {
            filled += terminal.Master.Read(read.AsSpan(filled));
        }

        Assert.Equal("MICRODROID_PAYLOAD_HAS_CHANGED", Encoding.ASCII.GetString(read));
    }

    private sealed class Chunks : IFailurePort
    {
        public List<string> Written { get; } = [];

        public void Write(ReadOnlySpan<byte> bytes) => Written.Add(Encoding.ASCII.GetString(bytes));

        public void Drain() => Written.Add("drained");

        public void Dispose() => Written.Add("closed");
    }
}
