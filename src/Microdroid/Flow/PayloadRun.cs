using BootLoader.InstanceImage.Microdroid;
using BootLoader.Sources;
using Kvm.Interop.Processes;
using Microdroid.Configuration;
using Microdroid.Debugging;
using Microdroid.Dice;
using Microdroid.Failure;
using Microdroid.Host;
using Microdroid.Instance;
using Microdroid.Payload;
using Virtualization.Aidl;
using Virtualization.Payload;
using Partition = Microdroid.Devices.Partition;

namespace Microdroid.Flow;

/// <summary>From the disks to the payload's end (AVF microdroid_manager, try_run_payload).</summary>
/// <remarks>
/// The order is the point: nothing of the payload is looked at before the host is told of failures; nothing of it is mounted, and none of its code runs,
/// before it is verified, compared with the instance's record, measured into its secrets, and the firmware's hand-over is wiped.
/// </remarks>
internal sealed class PayloadRun(Guest guest, IVirtualMachineService host) : IDisposable
{
    private const string MetadataLabel = "payload-metadata";
    private const string ApkTarget = "/mnt/apk";
    private const string ExtraApkTarget = "/mnt/extra-apk";

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);

    private readonly EncryptedStore _store = new(guest.Partitions, guest.Devices, guest.Mounts, guest.Processes, guest.Log);
    private readonly List<string> _apexes = [];
    private VmSecret? _secret;
    private bool _isClosed;

    /// <summary>Runs the payload.</summary>
    /// <returns>How it ended.</returns>
    public ChildExit Execute()
    {
        PayloadMetadata metadata = ReadMetadata();
        (VerifiedPayload payload, bool isNew) = VerifyAndDerive(metadata);
        VmPayloadConfig config = new PayloadConfigReader(guest.Packages).Read(metadata, payload);
        PayloadCommand command = FindCommand(config.Task!, payload.Apk);

        MountPayload(payload);
        _store.Mount(_secret!);

        // Only platform and test components have a configuration file, so only they get the DICE secrets themselves (as in AVF).
        guest.PayloadServer.Start(new VmPayloadService(host, _secret!, isNew, allowsRestricted: metadata.ConfigPath is not null));
        return RunPayload(command, config.ExportTombstones ?? guest.IsDebuggable);
    }

    /// <summary>Ends what is left of the payload, and brings what it has stored to the disk.</summary>
    public void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        guest.Processes.EndPayload();
        guest.PayloadServer.Dispose();
        _secret?.Dispose();
        _store.Unmount();
        guest.ApkFileSystem.UnmountAll();
        foreach (string apex in _apexes)
        {
            guest.Mounts.Detach(apex);
        }
    }

    /// <summary>Closes after a failure, of which a second one tells nothing.</summary>
    public void Dispose()
    {
        try
        {
            Close();
        }
        catch (Exception e)
        {
            guest.Log.Write($"not everything could be closed: {e.Message}");
        }
    }

    private PayloadMetadata ReadMetadata()
    {
        Partition partition = WaitFor(MetadataLabel);
        using var source = new FileSource(File.OpenHandle(partition.Device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), partition.Size);
        try
        {
            return PayloadMetadata.Read(source.AsStream());
        }
        catch (InvalidDataException e)
        {
            throw new MicrodroidException(FailureReason.PayloadInvalidConfig, e.Message, e);
        }
    }

    /// <summary>Disks are found by the kernel in its own time.</summary>
    private Partition WaitFor(string label)
    {
        long deadline = Environment.TickCount64 + (long)guest.DiskPatience.TotalMilliseconds;
        while (true)
        {
            if (guest.Partitions.Find(label) is { } partition)
            {
                return partition;
            }

            if (Environment.TickCount64 >= deadline)
            {
                throw new InvalidDataException($"there is no partition '{label}' after {guest.DiskPatience.TotalSeconds:0} s");
            }

            Thread.Sleep(s_poll);
        }
    }

    private (VerifiedPayload Payload, bool IsNew) VerifyAndDerive(PayloadMetadata metadata)
    {
        using DiceArtifacts own = ReadHandover();
        using InstanceRecord record = InstanceRecord.Open(guest.Partitions, own, guest.DeviceTree);
        bool isNew = record.Saved is null;
        VerifiedPayload payload = new PayloadVerifier(guest.Partitions, guest.Devices, guest.Packages, guest.Log).Verify(metadata, record.Saved);
        if (record.Saved is not { } saved)
        {
            record.Save(payload.Data, own);
        }
        else if (!saved.Equals(payload.Data))
        {
            throw new MicrodroidException(
                FailureReason.PayloadChanged, $"Detected an update of the payload which isn't supported yet: {Difference(saved, payload.Data)}");
        }

        _secret = new VmSecret(PayloadLayer.Derive(own, payload.Data, metadata, guest.IsDebuggable, ReadHidden()));
        if (guest.Dice.IsPresent)
        {
            guest.Dice.Wipe();
        }

        return (payload, isNew);
    }

    private DiceArtifacts ReadHandover()
    {
        if (guest.Dice.IsPresent)
        {
            return DiceArtifacts.Take(guest.Dice.Read());
        }

        return guest.DeviceTree.IsStrictBoot
            ? throw new InvalidDataException("the firmware has verified this guest, but there is no hand-over of it")
            : DiceArtifacts.Sample();
    }

    private byte[] ReadHidden()
    {
        bool isStrictBoot = guest.DeviceTree.IsStrictBoot;
        byte[]? instanceId = isStrictBoot ? null : guest.DeviceTree.ReadInstanceId();
        if (instanceId is null && !isStrictBoot)
        {
            guest.Log.Write("there is no instance id: two VMs with this payload may have the same secrets");
        }

        return PayloadLayer.Hidden(isStrictBoot, instanceId);
    }

    private static string Difference(MicrodroidData saved, MicrodroidData found) =>
        !saved.Apk.Equals(found.Apk) ? "the APK"
        : !saved.ExtraApks.SequenceEqual(found.ExtraApks) ? "the extra APKs"
        : !saved.Apexes.SequenceEqual(found.Apexes) ? "the APEXes"
        : "the salt";

    private PayloadCommand FindCommand(PayloadTask task, VerifiedApk apk)
    {
        using FileSource source = ApkSource.Open(apk);
        return PayloadCommand.Of(task, name => guest.Packages.HasEntry(source, name));
    }

    private void MountPayload(VerifiedPayload payload)
    {
        var apexes = new ApexMounts(guest.Devices, guest.Mounts);
        foreach (VerifiedApex apex in payload.Apexes)
        {
            _apexes.Add(apexes.Mount(apex));
        }

        guest.ApkFileSystem.Mount(payload.Apk, ApkTarget, isExecutable: true);
        for (int i = 0; i < payload.ExtraApks.Count; i++)
        {
            guest.ApkFileSystem.Mount(payload.ExtraApks[i], $"{ExtraApkTarget}/{i}", isExecutable: false);
        }
    }

    private ChildExit RunPayload(PayloadCommand command, bool exportsTombstones)
    {
        guest.Log.Write($"executing main task {command.Path}");
        host.NotifyPayloadStarted();
        using IPayloadProcess process = guest.Processes.StartPayload(command);
        ChildExit exit = process.Wait();
        guest.Log.Write($"the payload ended: {exit}");
        if (exit.Signal is not null && exportsTombstones)
        {
            guest.Tombstones.Send(Tombstone.Format(command, process.Id, exit, DateTimeOffset.UtcNow));
        }

        return exit;
    }
}
