using System.Text;
using BootLoader.Avb;
using BootLoader.InstanceImage;
using Pvmfw.Identity;
using Pvmfw.Payload;

namespace Pvmfw.Tests;

public sealed class RebootReasonTests
{
    [Fact]
    public void Every_reason_has_the_line_that_managers_of_VMs_know()
    {
        string[] known =
        [
            "", "INVALID_BCC", "INVALID_CONFIG_DATA", "INTERNAL_ERROR", "INVALID_FDT", "INVALID_PAYLOAD", "INVALID_RAMDISK",
            "PAYLOAD_VERIFICATION_FAILED", "SECRET_DERIVATION_FAILED", "PUBLIC_KEY_MISMATCH", "INSTANCE_IMAGE_CHANGED",
        ];

        Assert.Equal(
            known.Select(word => word.Length == 0 ? "" : "PVM_FIRMWARE_" + word),
            Enum.GetValues<RebootReason>().Select(reason => Encoding.ASCII.GetString(RebootReasonText.Of(reason))));
    }

    [Fact]
    public void Every_fault_of_a_payload_is_a_reason()
    {
        foreach (PayloadFault fault in Enum.GetValues<PayloadFault>())
        {
            Assert.Equal(fault == PayloadFault.None, PayloadCheck.ReasonOf(fault) == RebootReason.None);
            Assert.Equal(fault.ToString().StartsWith("Ramdisk", StringComparison.Ordinal), PayloadCheck.ReasonOf(fault) == RebootReason.InvalidRamdisk);
        }
    }

    [Fact]
    public void Every_fault_of_an_instance_image_is_a_reason()
    {
        foreach (InstanceImageFault fault in Enum.GetValues<InstanceImageFault>().Where(fault => fault != InstanceImageFault.None))
        {
            bool isDisk = fault is InstanceImageFault.DiskFailed or InstanceImageFault.TooSmall or InstanceImageFault.NoRoom;
            Assert.Equal(isDisk ? RebootReason.InternalError : RebootReason.InstanceImageChanged, InstanceRecord.ReasonOf(fault));
        }
    }
}
