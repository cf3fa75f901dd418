using System.Security.Cryptography;
using System.Text;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Avb.Slots;
using Vmm.CommandLine;
using Vmm.Machine;

namespace Vmm.Firmware;

/// <summary>Which firmware may be started: one whose AVB footer is signed by a key.</summary>
internal sealed class FirmwareTrust
{
    /// <summary>The option that names the key.</summary>
    public const string KeyOption = "--pvmfw-key";

    /// <summary>What <see cref="KeyOption"/> says where nothing shall be verified.</summary>
    public const string NoKey = "none";

    /// <summary>The partition's name in the firmware's hash descriptor.</summary>
    public const string PartitionName = "pvmfw";

    private const string DevelopmentKeyResource = "firmware.avbpubkey";
    private const int MaxKeySize = 64 * 1024;

    private readonly byte[]? _key;

    private FirmwareTrust(byte[]? key) => _key = key;

    /// <summary>The public half of the key in images/keys, as AVB stores it.</summary>
    public static byte[] DevelopmentKey
    {
        get
        {
            using Stream stream = typeof(FirmwareTrust).Assembly.GetManifestResourceStream(DevelopmentKeyResource)!;
            byte[] key = new byte[stream.Length];
            stream.ReadExactly(key);
            return key;
        }
    }

    /// <summary>Reads the key.</summary>
    /// <param name="path">What <see cref="KeyOption"/> says; null: the development key.</param>
    /// <param name="warn">Told when the trust means nothing.</param>
    /// <exception cref="Outcome.VmmException">The file holds no key.</exception>
    public static FirmwareTrust Of(string? path, Action<string> warn)
    {
        switch (path)
        {
            case null:
                warn($"the firmware is verified with the development key, whose private half is public: sign it with a key of your own and name that with {KeyOption}");
                return new FirmwareTrust(DevelopmentKey);
            case NoKey:
                warn($"nothing verifies the firmware ({KeyOption} {NoKey})");
                return new FirmwareTrust(null);
            default:
                return new FirmwareTrust(ReadKey(path));
        }
    }

    /// <summary>Verifies a firmware's file.</summary>
    /// <param name="option">The option that named the file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="file">Its bytes.</param>
    /// <exception cref="LayoutException">It is not signed by the key, or not what was signed.</exception>
    public VerifiedFirmware Verify(string option, string path, ReadOnlyMemory<byte> file)
    {
        if (_key is null)
        {
            bool isSigned = AvbFooter.Read(file.Span, out AvbFooter unverified) == AvbFooterResult.Ok;
            return new VerifiedFirmware(isSigned ? file[..(int)unverified.OriginalImageSize] : file, default, 0);
        }

        if (AvbFooter.Read(file.Span, out AvbFooter footer) != AvbFooterResult.Ok)
        {
            throw new LayoutException(
                $"{option}: {path} has no AVB footer, so nothing says whose it is: sign it with vmm image add-hash-footer --partition_name {PartitionName}, "
                + $"or say {KeyOption} {NoKey} to start it unverified");
        }

        SlotVerification slot = SlotVerifier.Verify(new SlotRequest
        {
            FirstPartition = PartitionName,
            Partitions = [PartitionName],
            Open = name => name == PartitionName ? new MemoryStream(file.ToArray(), writable: false) : null,
            IsTrusted = key => CryptographicOperations.FixedTimeEquals(key.Span, _key),
        });
        string? fault = slot.Verdict != SlotVerdict.Ok ? slot.Reason
            : slot.IsVerificationDisabled ? "its vbmeta turns verification off"
            : !slot.Verified.Contains(PartitionName) ? $"its vbmeta has no hash of {PartitionName}"
            : null;
        return fault is null
            ? new VerifiedFirmware(file[..(int)footer.OriginalImageSize], _key, slot.RollbackIndexes.Values.FirstOrDefault())
            : throw new LayoutException($"{option}: {path} is refused: {fault} ({KeyOption} names the key to trust)");
    }

    private static byte[] ReadKey(string path)
    {
        byte[] content = HostFile.ReadContent(KeyOption, path, MaxKeySize);
        if (AvbPublicKey.TryRead(content, out _))
        {
            return content;
        }

        try
        {
            using var key = AvbSigningKey.FromPem(Encoding.UTF8.GetString(content));
            return key.PublicKeyBlob;
        }
        catch (AvbException failure)
        {
            throw new LayoutException($"{KeyOption}: {path}: {failure.Message}, nor an AVB public key");
        }
    }
}
