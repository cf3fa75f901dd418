using System.Security.Cryptography;
using System.Text;
using BootLoader.Cryptography;

namespace BootLoader.Avb.Slots;

/// <summary>Verifies the partitions of a slot, beginning with one vbmeta whose key is trusted (libavb, avb_slot_verify.c).</summary>
public sealed class SlotVerifier
{
    /// <summary>As libavb's MAX_NUMBER_OF_VBMETA_IMAGES.</summary>
    private const int MaximumVbmetas = 32;

    private readonly SlotRequest _request;
    private readonly List<(string Partition, byte[] Bytes)> _vbmetas = [];
    private readonly List<string> _verified = [];
    private readonly List<string> _cmdline = [];
    private readonly Dictionary<uint, ulong> _rollbackIndexes = [];
    private VbmetaHeader _first;

    private SlotVerifier(SlotRequest request) => _request = request;

    private bool IsVerificationDisabled => (_first.Flags & VbmetaFlags.VerificationDisabled) != 0;

    /// <summary>Verifies a slot.</summary>
    public static SlotVerification Verify(SlotRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new SlotVerifier(request).Run();
    }

    private SlotVerification Run()
    {
        try
        {
            VerifyVbmeta(_request.FirstPartition, null, 0);
        }
        catch (SlotVerificationException refusal)
        {
            return new SlotVerification { Verdict = refusal.Verdict, Reason = refusal.Message, Vbmetas = [.. _vbmetas.Select(static vbmeta => vbmeta.Partition)], Verified = _verified };
        }

        byte[] all = [.. _vbmetas.SelectMany(static vbmeta => vbmeta.Bytes)];
        byte[] digest = AvbAlgorithmSizes.Digest(_first.Algorithm) == 64 ? SHA512.HashData(all) : SHA256.HashData(all);
        return new SlotVerification
        {
            Verdict = SlotVerdict.Ok,
            IsVerificationDisabled = IsVerificationDisabled,
            Cmdline = SlotCmdline.Complete(_request, _cmdline, _first, all.Length, digest),
            VbmetaDigest = digest,
            Vbmetas = [.. _vbmetas.Select(static vbmeta => vbmeta.Partition)],
            Verified = _verified,
            RollbackIndexes = _rollbackIndexes,
        };
    }

    /// <param name="partition">The partition.</param>
    /// <param name="expectedKey">The key that a chain demands; null for the first vbmeta.</param>
    /// <param name="location">The rollback index location that a chain gives.</param>
    private void VerifyVbmeta(string partition, byte[]? expectedKey, uint location)
    {
        byte[] bytes = Load(partition);
        VbmetaResult result = VbmetaVerifier.Verify<HostCryptography>(bytes, out VbmetaImage image);
        if (result != VbmetaResult.Ok)
        {
            throw new SlotVerificationException(
                result == VbmetaResult.UnsupportedVersion ? SlotVerdict.UnsupportedVersion : SlotVerdict.Verification,
                $"the vbmeta of {partition}: {VbmetaWords.Of(result)}");
        }

        byte[] key = image.PublicKey.ToArray();
        if (expectedKey is null ? !_request.IsTrusted(key) : !CryptographicOperations.FixedTimeEquals(key, expectedKey))
        {
            throw new SlotVerificationException(SlotVerdict.PublicKeyRejected, $"the vbmeta of {partition} is signed by a key that is not trusted for it");
        }

        if (expectedKey is null)
        {
            _first = image.Header;
        }
        else if (image.Header.Flags != VbmetaFlags.None)
        {
            throw new SlotVerificationException(SlotVerdict.InvalidMetadata, $"the vbmeta of {partition} has flags, which only the first may have");
        }

        CheckRollback(partition, expectedKey is null ? image.Header.RollbackIndexLocation : location, image.Header.RollbackIndex);
        _vbmetas.Add((partition, image.Bytes.ToArray()));
        if (IsVerificationDisabled)
        {
            _cmdline.Add("root=PARTUUID=$(ANDROID_SYSTEM_PARTUUID)");
            return;
        }

        AvbDescriptorEnumerator descriptors = image.Descriptors;
        while (descriptors.MoveNext())
        {
            VerifyDescriptor(partition, descriptors.Current, isFirst: expectedKey is null);
        }

        if (descriptors.IsMalformed)
        {
            throw Malformed(partition);
        }
    }

    private void VerifyDescriptor(string partition, AvbDescriptor descriptor, bool isFirst)
    {
        switch (descriptor.Tag)
        {
            case AvbDescriptorTag.Hash when HashDescriptor.TryRead(descriptor, out HashDescriptor hash):
                VerifyHash(hash);
                break;
            case AvbDescriptorTag.Hashtree when HashtreeDescriptor.TryRead(descriptor, out HashtreeDescriptor hashtree):
                VerifyHashtree(hashtree);
                break;
            case AvbDescriptorTag.KernelCmdline when KernelCmdlineDescriptor.TryRead(descriptor, out KernelCmdlineDescriptor cmdline):
                AddCmdline(cmdline);
                break;
            case AvbDescriptorTag.ChainPartition when ChainPartitionDescriptor.TryRead(descriptor, out ChainPartitionDescriptor chain):
                Follow(partition, chain, isFirst);
                break;
            case AvbDescriptorTag.Property when PropertyDescriptor.TryRead(descriptor, out _):
            case not (AvbDescriptorTag.Hash or AvbDescriptorTag.Hashtree or AvbDescriptorTag.KernelCmdline or AvbDescriptorTag.ChainPartition or AvbDescriptorTag.Property):
                // For whoever reads the vbmeta, not for its verification.
                break;
            default:
                throw Malformed(partition);
        }
    }

    private void Follow(string partition, in ChainPartitionDescriptor chain, bool isFirst)
    {
        string name = FullName(chain.PartitionName, (chain.Flags & ChainPartitionDescriptor.DoNotUseAb) != 0);
        if (!isFirst || chain.RollbackIndexLocation == 0 || _vbmetas.Count == MaximumVbmetas || _vbmetas.Exists(vbmeta => vbmeta.Partition == name))
        {
            throw new SlotVerificationException(
                SlotVerdict.InvalidMetadata,
                $"the vbmeta of {partition} chains {name} with rollback index location {chain.RollbackIndexLocation}: a chain goes once from the first vbmeta, has a location from 1 up, and {MaximumVbmetas} are possible");
        }

        byte[] key = chain.PublicKey.ToArray();
        VerifyVbmeta(name, key, chain.RollbackIndexLocation);
    }

    private void VerifyHash(in HashDescriptor descriptor)
    {
        if (_request.Partitions?.Contains(Encoding.UTF8.GetString(descriptor.PartitionName)) == false)
        {
            return;
        }

        string name = FullName(descriptor.PartitionName, (descriptor.Flags & HashDescriptor.DoNotUseAb) != 0);
        using Stream partition = Open(name);
        Check(name, Guarded(partition, descriptor));
    }

    private void VerifyHashtree(in HashtreeDescriptor descriptor)
    {
        if (!_request.VerifyHashtrees)
        {
            return;
        }

        string name = FullName(descriptor.PartitionName, (descriptor.Flags & HashtreeDescriptor.DoNotUseAb) != 0);
        using Stream partition = Open(name);
        Check(name, Guarded(partition, descriptor));
    }

    private static string? Guarded(Stream partition, in HashDescriptor descriptor)
    {
        try
        {
            return PartitionContent.Fault(partition, descriptor);
        }
        catch (IOException)
        {
            return "it cannot be read";
        }
    }

    private static string? Guarded(Stream partition, in HashtreeDescriptor descriptor)
    {
        try
        {
            return PartitionContent.Fault(partition, descriptor);
        }
        catch (IOException)
        {
            return "it cannot be read";
        }
    }

    private void Check(string name, string? fault)
    {
        if (fault is not null)
        {
            throw new SlotVerificationException(SlotVerdict.Verification, $"the partition {name}: {fault}");
        }

        _verified.Add(name);
    }

    private void AddCmdline(in KernelCmdlineDescriptor cmdline)
    {
        bool isDisabled = (_first.Flags & VbmetaFlags.HashtreeDisabled) != 0;
        if ((cmdline.Flags & (isDisabled ? KernelCmdlineDescriptor.OnlyWithHashtree : KernelCmdlineDescriptor.OnlyWithoutHashtree)) == 0)
        {
            _cmdline.Add(Encoding.UTF8.GetString(cmdline.Text));
        }
    }

    private void CheckRollback(string partition, uint location, ulong index)
    {
        ulong stored = _request.StoredRollbackIndex(location);
        if (index < stored)
        {
            throw new SlotVerificationException(
                SlotVerdict.RollbackIndex, $"the vbmeta of {partition} has rollback index {index}; {stored} was seen before at location {location}");
        }

        // Two images at one location: what is stored later must not lock either of them out.
        _rollbackIndexes[location] = _rollbackIndexes.TryGetValue(location, out ulong other) ? Math.Min(other, index) : index;
    }

    private byte[] Load(string partition)
    {
        using Stream stream = Open(partition);
        try
        {
            return PartitionVbmeta.Read(stream, out _, out _) ??
                throw new SlotVerificationException(SlotVerdict.Verification, $"the partition {partition} has no vbmeta");
        }
        catch (Exception failure) when (failure is AvbFooterException or IOException)
        {
            throw new SlotVerificationException(SlotVerdict.Verification, $"the partition {partition}: {(failure is IOException ? "it cannot be read" : failure.Message)}");
        }
    }

    private Stream Open(string partition) =>
        _request.Open(partition) ?? throw new SlotVerificationException(SlotVerdict.PartitionMissing, $"there is no partition {partition}");

    private string FullName(ReadOnlySpan<byte> name, bool doNotUseAb) => Encoding.UTF8.GetString(name) + (doNotUseAb ? "" : _request.SlotSuffix);

    private static SlotVerificationException Malformed(string partition) =>
        new(SlotVerdict.InvalidMetadata, $"the vbmeta of {partition} has a malformed descriptor");
}
