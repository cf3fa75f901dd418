using System.Text;
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
        Assert.Equal(["MICRODROID_INVAL", "ID_PAYLOAD_CONFI", "G"], port.Written);
    }

    [Fact]
    public void A_port_that_cannot_be_opened_changes_nothing() =>
        new FailureChannel(() => throw new UnauthorizedAccessException("no")).Write(new IOException("text"));

    private sealed class Chunks : MemoryStream
    {
        public List<string> Written { get; } = [];

        public override void Write(byte[] buffer, int offset, int count) => Written.Add(Encoding.ASCII.GetString(buffer, offset, count));
    }
}
