using BootLoader.InstanceImage;
using BootLoader.InstanceImage.Microdroid;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Microdroid.Devices;
using Microdroid.Dice;
using Microdroid.Failure;

namespace Microdroid.Instance;

/// <summary>What the instance was at its first boot, on the partition <c>vm-instance</c>.</summary>
internal sealed class InstanceRecord : IDisposable
{
    /// <summary>The partition's name.</summary>
    public const string PartitionLabel = "vm-instance";

    private readonly PosixFile _file;
    private DeviceStore _store;

    private InstanceRecord(PosixFile file, long size)
    {
        _file = file;
        _store = new DeviceStore(file, size);
    }

    /// <summary>The record; null of a new instance.</summary>
    public MicrodroidData? Saved { get; private set; }

    /// <summary>Reads the record, and checks that it agrees with what the firmware says.</summary>
    /// <param name="partitions">The VM's partitions.</param>
    /// <param name="artifacts">The guest's own layer, whose sealing CDI the record is encrypted for.</param>
    /// <param name="deviceTree">What the firmware says.</param>
    /// <exception cref="MicrodroidException">It does not agree.</exception>
    public static InstanceRecord Open(IPartitions partitions, DiceArtifacts artifacts, GuestDeviceTree deviceTree)
    {
        Partition partition = partitions.Find(PartitionLabel)
            ?? throw new InvalidDataException($"there is no partition '{PartitionLabel}', on which the instance keeps what it is");
        var record = new InstanceRecord(PosixFile.Open(partition.Device, OpenFlags.O_RDWR), partition.Size);
        try
        {
            record.Saved = record.Read(artifacts);
            if (deviceTree.IsStrictBoot)
            {
                record.CheckAgreement(deviceTree.IsNewInstance);
            }

            return record;
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    /// <summary>Keeps the record of a new instance.</summary>
    public void Save(MicrodroidData data, DiceArtifacts artifacts)
    {
        Span<byte> nonce = stackalloc byte[MicrodroidInstanceEntry.NonceSize];
        KernelRandom.Fill(nonce);
        InstanceImageFault fault = MicrodroidInstanceEntry.Write(ref _store, artifacts.Handover.CdiSeal, nonce, data);
        if (fault != InstanceImageFault.None)
        {
            throw new InvalidDataException($"the instance's record cannot be written to {_file.Name}: {fault}");
        }

        Saved = data;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private MicrodroidData? Read(DiceArtifacts artifacts)
    {
        InstanceImageFault fault = MicrodroidInstanceEntry.Read(ref _store, artifacts.Handover.CdiSeal, out MicrodroidData? data);
        return fault switch
        {
            InstanceImageFault.None => data,
            InstanceImageFault.NotFound => null,
            InstanceImageFault.NotAuthentic => throw new InvalidDataException(
                $"the instance's record on {_file.Name} was altered, or belongs to another guest or device"),
            _ => throw new InvalidDataException($"the instance's record on {_file.Name} cannot be read: {fault}"),
        };
    }

    private void CheckAgreement(bool isNew)
    {
        if (isNew && Saved is not null)
        {
            throw new MicrodroidException(FailureReason.PayloadInvalidConfig, "Found instance data on first boot.");
        }

        if (!isNew && Saved is null)
        {
            throw new MicrodroidException(FailureReason.PayloadInvalidConfig, "Instance data not found.");
        }
    }
}
