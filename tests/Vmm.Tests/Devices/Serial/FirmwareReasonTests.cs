using System.Text;
using Vmm.Devices.Serial;

namespace Vmm.Tests.Devices.Serial;

public sealed class FirmwareReasonTests
{
    [Theory]
    [InlineData("PVM_FIRMWARE_INVALID_FDT\n", "PVM_FIRMWARE_INVALID_FDT")]
    [InlineData("\nPVM_FIRMWARE_INVALID_PAYLOAD\r\n", "PVM_FIRMWARE_INVALID_PAYLOAD")]
    [InlineData("noise\nPVM_FIRMWARE_A\nPVM_FIRMWARE_B\nmore\n", "PVM_FIRMWARE_B")]
    [InlineData("PVM_FIRMWARE_INVALID_FDT", null)]
    [InlineData("PVM_FIRMWARE_\n", null)]
    [InlineData("x PVM_FIRMWARE_INVALID_FDT\n", null)]
    [InlineData("PVM_FIRMWARE_with \u001b[31m\n", null)]
    [InlineData("PVM_FIRMWARE_A B\n", null)]
    public void The_word_at_the_start_of_a_line_is_remembered(string text, string? word)
    {
        var port = new RecordingOutput();
        var reason = new FirmwareReason(port);

        foreach (byte value in Encoding.ASCII.GetBytes(text))
        {
            reason.Write([value]);
        }

        Assert.Equal(word, reason.Word);
        Assert.Equal(text, port.Text);
    }

    [Fact]
    public void A_line_without_an_end_takes_no_memory_and_is_no_word()
    {
        var reason = new FirmwareReason(new SinkOutput());
        reason.Write(Encoding.ASCII.GetBytes("PVM_FIRMWARE_" + new string('A', 50) + "\n"));
        Assert.Equal(63, reason.Word!.Length);

        reason.Write(Encoding.ASCII.GetBytes("PVM_FIRMWARE_" + new string('B', 100_000) + "\n"));

        Assert.Equal(63, reason.Word!.Length);
        Assert.DoesNotContain('B', reason.Word[13..]);
    }
}
