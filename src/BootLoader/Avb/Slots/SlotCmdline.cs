using System.Globalization;
using System.Text;

namespace BootLoader.Avb.Slots;

/// <summary>The kernel parameters of a slot (libavb, avb_cmdline.c).</summary>
internal static class SlotCmdline
{
    /// <summary>Appends what tells the guest how it was verified, and puts in the values of variables.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="described">The parameters of descriptors.</param>
    /// <param name="first">The first vbmeta's header.</param>
    /// <param name="size">Bytes of all vbmeta images.</param>
    /// <param name="digest">Their digest.</param>
    public static string Complete(SlotRequest request, IEnumerable<string> described, in VbmetaHeader first, long size, ReadOnlySpan<byte> digest)
    {
        bool isVerityOff = (first.Flags & (VbmetaFlags.HashtreeDisabled | VbmetaFlags.VerificationDisabled)) != 0;
        (string mode, string dmVerity) = isVerityOff ? ("disabled", "") : Mode(request.ErrorMode);
        var parameters = new List<string>(described)
        {
            "androidboot.vbmeta.device=PARTUUID=$(ANDROID_VBMETA_PARTUUID)",
            $"androidboot.vbmeta.avb_version={VbmetaHeader.SupportedMajor}.{VbmetaHeader.SupportedMinor}",
            $"androidboot.vbmeta.device_state={(request.IsUnlocked ? "unlocked" : "locked")}",
            $"androidboot.vbmeta.hash_alg={(digest.Length == 64 ? "sha512" : "sha256")}",
            string.Create(CultureInfo.InvariantCulture, $"androidboot.vbmeta.size={size}"),
            $"androidboot.vbmeta.digest={Convert.ToHexStringLower(digest)}",
        };
        if (!isVerityOff && request.ErrorMode == VerityErrorMode.RestartAndInvalidate)
        {
            parameters.Add("androidboot.vbmeta.invalidate_on_error=yes");
        }

        parameters.Add($"androidboot.veritymode={mode}");
        var text = new StringBuilder(string.Join(' ', parameters)).Replace("$(ANDROID_VERITY_MODE)", dmVerity);
        foreach ((string name, string value) in request.Variables)
        {
            text.Replace($"$({name})", value);
        }

        return text.ToString();
    }

    /// <summary>For the guest, and for dm-verity. Failing reads are its default, so that there a parameter is repeated that does no harm.</summary>
    private static (string Mode, string DmVerity) Mode(VerityErrorMode mode) => mode switch
    {
        VerityErrorMode.Eio => ("eio", "ignore_zero_blocks"),
        VerityErrorMode.Logging => ("logging", "ignore_corruption"),
        VerityErrorMode.Panic => ("panicking", "panic_on_corruption"),
        _ => ("enforcing", "restart_on_corruption"),
    };
}
