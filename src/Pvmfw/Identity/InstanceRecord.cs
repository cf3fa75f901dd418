using BootLoader.Cryptography;
using BootLoader.InstanceImage;
using Pvmfw.DeviceTree;

namespace Pvmfw.Identity;

/// <summary>Compares a guest with what its instance image recorded at its first boot, or records it.</summary>
/// <remarks>The host can always give an empty or an older image. It gets another instance then, whose secrets are not those of this one.</remarks>
internal static class InstanceRecord
{
    /// <summary>Opens the image, then finds the instance's salt there or makes one.</summary>
    /// <param name="facts">Where the disk is.</param>
    /// <param name="sealingCdi">The secret under which the record is encrypted.</param>
    /// <param name="measurement">The guest.</param>
    /// <param name="salt">Takes 64 bytes.</param>
    /// <param name="isNew">This is the instance's first boot.</param>
    public static RebootReason FindSalt<TCryptography, TPlatform, TInstance>(
        scoped in TreeFacts facts, ReadOnlySpan<byte> sealingCdi, scoped in Measurement measurement, Span<byte> salt, out bool isNew)
        where TCryptography : ICryptography
        where TPlatform : struct, IPlatform
        where TInstance : struct, IInstanceStore<TInstance>
    {
        isNew = false;
        if (!TInstance.TryOpen(facts, TPlatform.SharesMemory, out TInstance store, out uint diskFault))
        {
            TPlatform.WriteLine("pvmfw: there is no instance image, fault of the disk"u8, diskFault);
            return RebootReason.InternalError;
        }

        Span<byte> record = stackalloc byte[PvmfwInstanceRecord.Length];
        InstanceImageFault fault = PvmfwInstanceEntry.Read<TInstance, TCryptography>(ref store, sealingCdi, record);
        RebootReason reason = RebootReason.None;
        if (fault == InstanceImageFault.NotFound)
        {
            isNew = true;
            reason = RecordNew<TCryptography, TPlatform, TInstance>(ref store, sealingCdi, measurement, record, out fault);
        }
        else if (fault == InstanceImageFault.None)
        {
            reason = Matches<TCryptography>(new PvmfwInstanceRecord(record), measurement) ? RebootReason.None : RebootReason.InstanceImageChanged;
        }

        if (fault != InstanceImageFault.None)
        {
            TPlatform.WriteLine("pvmfw: the instance image is refused, fault"u8, (ulong)fault);
            reason = ReasonOf(fault);
        }

        if (reason == RebootReason.None)
        {
            new PvmfwInstanceRecord(record).Salt.CopyTo(salt);
        }

        TCryptography.Wipe(record);
        return store.TryClose() ? reason : RebootReason.InternalError;
    }

    /// <summary>The reason to reboot that a fault of the image is: of the disk, or of what is on it.</summary>
    public static RebootReason ReasonOf(InstanceImageFault fault) => fault switch
    {
        InstanceImageFault.DiskFailed or InstanceImageFault.TooSmall or InstanceImageFault.NoRoom => RebootReason.InternalError,
        _ => RebootReason.InstanceImageChanged,
    };

    private static RebootReason RecordNew<TCryptography, TPlatform, TInstance>(
        ref TInstance store, ReadOnlySpan<byte> sealingCdi, scoped in Measurement measurement, Span<byte> record, out InstanceImageFault fault)
        where TCryptography : ICryptography
        where TPlatform : struct, IPlatform
        where TInstance : struct, IInstanceStore<TInstance>
    {
        fault = InstanceImageFault.None;
        Span<byte> fresh = stackalloc byte[PvmfwInstanceRecord.HashSize + PvmfwInstanceEntry.NonceSize];
        if (!TPlatform.FillRandom(fresh))
        {
            return RebootReason.InternalError;
        }

        Span<byte> salt = fresh[..PvmfwInstanceRecord.HashSize];
        PvmfwInstanceRecord.Format(record, measurement.CodeHash, measurement.AuthorityHash, salt, (byte)measurement.Mode);
        fault = PvmfwInstanceEntry.Write<TInstance, TCryptography>(ref store, sealingCdi, fresh[PvmfwInstanceRecord.HashSize..], record);
        TCryptography.Wipe(fresh);
        return RebootReason.None;
    }

    private static bool Matches<TCryptography>(PvmfwInstanceRecord record, scoped in Measurement measurement)
        where TCryptography : ICryptography =>
        TCryptography.AreEqual(record.CodeHash, measurement.CodeHash)
        && TCryptography.AreEqual(record.AuthorityHash, measurement.AuthorityHash)
        && record.Mode == (byte)measurement.Mode;
}
