using System.CommandLine;
using System.Text;
using BootLoader.Avb;
using BootLoader.Avb.Slots;
using BootLoader.Cryptography;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image verify</c>.</summary>
internal static class VerifyCommand
{
    public static Command Make()
    {
        var image = ImageOptions.Required("--image", "PATH", "the image; partitions lie beside it as NAME with its suffix");
        var key = ImageOptions.Text("--key", "PATH", "the key to trust: PEM, or as AVB stores it");
        var guest = ImageOptions.Flag("--guest", "verify as firmware does with a guest's kernel");
        var initrd = ImageOptions.Text("--initrd", "PATH", "the guest's initrd, with --guest");
        var idsig = ImageOptions.Text("--idsig", "PATH", "of an APK: its idsig, verified against it");
        var json = ImageOptions.Flag("--json", "as JSON, for programs");
        var command = new Command("verify", "verify an image and the partitions that it describes, an APK or an APEX; the status is 1 when refused") { image, key, guest, initrd, idsig, json };
        command.Aliases.Add("verify_image");
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            string path = result.GetValue(image)!;
            byte[]? trusted = result.GetValue(key) is { } file ? ImageFiles.ReadPublicKey("--key", file) : null;
            if (!result.GetValue(guest) && result.GetValue(initrd) is not null)
            {
                throw new InvalidOptionException("--initrd needs --guest");
            }

            bool isPackage = !result.GetValue(guest) && PackageVerification.Applies(path);
            if (!isPackage && result.GetValue(idsig) is not null)
            {
                throw new InvalidOptionException("--idsig is for an APK, and the image is none");
            }

            VerifyReport report = isPackage ? PackageVerification.Verify(path, result.GetValue(idsig), trusted)
                : result.GetValue(guest) ? Guest(path, trusted, result.GetValue(initrd))
                : Slot(path, trusted);
            TextWriter output = result.InvocationConfiguration.Output;
            if (result.GetValue(json))
            {
                output.WriteLine(ImageReportJson.Write(report));
            }
            else
            {
                ImageReportText.Write(output, report);
            }

            return report.Reason is null ? ExitCode.Stop : ExitCode.Error;
        }));
        return command;
    }

    private static VerifyReport Guest(string path, byte[]? trusted, string? initrd)
    {
        if (trusted is null)
        {
            throw new InvalidOptionException("--guest needs --key: firmware trusts one key");
        }

        byte[] kernel = ImageFiles.ReadWhole("--image", path), ramdisk = initrd is null ? [] : ImageFiles.ReadWhole("--initrd", initrd);
        PayloadFault fault = GuestPayloadVerifier.Verify<HostCryptography>(kernel, ramdisk, trusted, out VerifiedPayload payload);
        if (fault != PayloadFault.None)
        {
            return new VerifyReport(path, $"{fault}", PayloadFaultWords.Of(fault), true, [], [], new Dictionary<string, string>());
        }

        byte[] digest = new byte[Sha256Digest.Size];
        payload.KernelDigest.CopyTo(digest);
        var facts = new Dictionary<string, string> { ["kernelDigest"] = Convert.ToHexStringLower(digest) };
        if (!payload.InitrdDigest.IsZero)
        {
            payload.InitrdDigest.CopyTo(digest);
            facts["initrdDigest"] = Convert.ToHexStringLower(digest);
        }

        facts["debugLevel"] = $"{payload.DebugLevel}";
        facts["rollbackIndex"] = $"{payload.RollbackIndex}";
        facts["capabilities"] = $"{payload.Capabilities}";
        if (payload.PageSize != 0)
        {
            facts["pageSize"] = $"{payload.PageSize}";
        }

        if (!payload.Name.IsEmpty)
        {
            facts["name"] = Encoding.ASCII.GetString(payload.Name);
        }

        string[] verified = payload.InitrdDigest.IsZero ? ["boot"] : ["boot", payload.DebugLevel == GuestDebugLevel.Full ? "initrd_debug" : "initrd_normal"];
        return new VerifyReport(path, "Ok", null, true, [Path.GetFileName(path)], verified, facts);
    }

    private static VerifyReport Slot(string path, byte[]? trusted)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, suffix = Path.GetExtension(path);
        string own = OwnPartition(path);
        SlotVerification found = SlotVerifier.Verify(new SlotRequest
        {
            FirstPartition = "",
            IsTrusted = key => trusted is null || key.Span.SequenceEqual(trusted),
            VerifyHashtrees = true,
            Open = name => name.Length == 0 || name == own ? ImageFiles.Open("--image", path) : Beside(folder, name, suffix),
        });
        string[] vbmetas = [.. found.Vbmetas.Select(name => name.Length == 0 ? Path.GetFileName(path) : name)];
        var facts = new Dictionary<string, string>();
        if (found.Verdict == SlotVerdict.Ok)
        {
            facts["vbmetaDigest"] = Convert.ToHexStringLower(found.VbmetaDigest.Span);
            facts["cmdline"] = VbmetaReportReader.Text(Encoding.UTF8.GetBytes(found.Cmdline));
            if (found.IsVerificationDisabled)
            {
                return new VerifyReport(path, "VerificationDisabled", "it is signed, and says that nothing is to be verified", trusted is not null, vbmetas, found.Verified, facts);
            }
        }

        string reason = VbmetaReportReader.Text(Encoding.UTF8.GetBytes(found.Reason.Replace("vbmeta of :", "vbmeta:", StringComparison.Ordinal)));
        return new VerifyReport(path, $"{found.Verdict}", found.Verdict == SlotVerdict.Ok ? null : reason, trusted is not null, vbmetas, found.Verified, facts);
    }

    /// <summary>The partition that an image with a footer is: the one that its descriptor gives the size of.</summary>
    private static string OwnPartition(string path)
    {
        using FileStream image = ImageFiles.Open("--image", path);
        try
        {
            byte[]? bytes = PartitionVbmeta.Read(image, out _, out AvbFooter? footer);
            if (footer is { } found && VbmetaImage.Open(bytes, out VbmetaImage vbmeta) == VbmetaResult.Ok)
            {
                AvbDescriptorEnumerator walk = vbmeta.Descriptors;
                while (walk.MoveNext())
                {
                    if (HashDescriptor.TryRead(walk.Current, out HashDescriptor hash) && hash.ImageSize == found.OriginalImageSize)
                    {
                        return Encoding.UTF8.GetString(hash.PartitionName);
                    }

                    if (HashtreeDescriptor.TryRead(walk.Current, out HashtreeDescriptor tree) && tree.ImageSize >= found.OriginalImageSize)
                    {
                        return Encoding.UTF8.GetString(tree.PartitionName);
                    }
                }
            }
        }
        catch (AvbFooterException)
        {
            // The verification says so.
        }

        return "";
    }

    /// <summary>A name out of an image leads nowhere but beside it.</summary>
    private static FileStream? Beside(string folder, string name, string suffix)
    {
        string path = Path.Combine(folder, name + suffix);
        return name.Contains('/', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal) || !File.Exists(path) ? null : ImageFiles.Open("--image", path);
    }
}
