using System.Security.Cryptography;
using System.Text;
using BootLoader.InstanceImage.Making;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Processes;
using Microdroid.Debugging;
using Microdroid.Devices;
using Microdroid.Dice;
using Microdroid.Failure;
using Microdroid.Flow;
using Microdroid.Host;
using Microdroid.Payload;
using Virtualization.Aidl;
using Virtualization.Binder;
using Virtualization.Payload;

namespace Microdroid.Tests.Flow;

/// <summary>A guest whose disks are files and whose kernel is a list of what was asked of it.</summary>
internal sealed class FakeGuest : IDisposable, IVirtualMachineService, IMounts, IApkFileSystem, IDiceDriver, IProcesses, ITombstones
{
    private readonly string _directory = Directory.CreateTempSubdirectory("guest-").FullName;
    private readonly MemoryStream _log = new();

    public FakeGuest()
    {
        Devices = new FakeDevices(_directory, Trace);
        Write("vm-instance", [.. InstanceImageCreation.Header(), .. new byte[64 << 10]]);
        SetApk("microdroid-apk", "microdroid-apk-idsig", Apk);
        Metadata.Apk = new ApkPayload { Name = "apk", PayloadPartitionName = "microdroid-apk", IdsigPartitionName = "microdroid-apk-idsig" };
        Metadata.Config = new PayloadConfig { PayloadBinaryName = "payload.so" };
    }

    /// <summary>What happened, in order.</summary>
    public List<string> Trace { get; } = [];

    public FakeDevices Devices { get; }

    public FakePackage Apk { get; } = new();

    /// <summary>The data of an APEX: an erofs superblock.</summary>
    public static byte[] ApexData { get; } = [.. new byte[1024], 0xe2, 0xe1, 0xf5, 0xe0, .. new byte[3068]];

    public PayloadMetadata Metadata { get; } = new();

    public bool IsDebuggable { get; set; }

    public bool IsHostThere { get; set; } = true;

    /// <summary>The hand-over; null for a VM without firmware.</summary>
    public byte[]? Handover { get; set; }

    public ChildExit PayloadExit { get; set; } = new(0, null);

    public ChildExit Mke2fsExit { get; set; } = new(0, null);

    /// <summary>What the payload does while it runs.</summary>
    public Action<VmPayloadServiceStub>? Payload { get; set; }

    /// <summary>What was written to the failure port.</summary>
    public string Failure { get; private set; } = "";

    public string Log => Encoding.UTF8.GetString(_log.ToArray());

    public string? Tombstone { get; private set; }

    public VmPayloadServiceStub? Service { get; private set; }

    public bool IsPresent => Handover is not null;

    public string Path(string name) => System.IO.Path.Combine(_directory, name);

    /// <summary>Writes a partition.</summary>
    public void Write(string label, byte[] content)
    {
        File.WriteAllBytes(Path(label), content);
        Devices.Partitions[label] = Path(label);
    }

    /// <summary>Writes an APK and the idsig that belongs to it.</summary>
    public void SetApk(string label, string idsigLabel, FakePackage apk)
    {
        Write(label, apk.Bytes);
        Write(idsigLabel, new FakePackage { Root = Convert.ToHexString(SHA256.HashData(apk.Bytes)) }.Bytes);
    }

    /// <summary>Adds an APEX whose payload holds erofs.</summary>
    public void AddApex(string name, FakePackage apex)
    {
        string label = $"microdroid-apex-{Metadata.Apexes.Count}";
        // The payload lies behind the head: 4 KiB of data, which the root is of, and the tree.
        byte[] content = [.. (apex with { Root = Convert.ToHexString(SHA256.HashData(ApexData)) }).Bytes, .. ApexData, .. new byte[4096]];
        Write(label, content);
        Metadata.Apexes.Add(new ApexPayload { Name = name, PartitionName = label });
    }

    /// <summary>Says what the firmware says.</summary>
    public void SetStrictBoot(bool isNewInstance)
    {
        Directory.CreateDirectory(Path("tree/chosen"));
        File.WriteAllBytes(Path("tree/chosen/avf,strict-boot"), []);
        File.Delete(Path("tree/chosen/avf,new-instance"));
        if (isNewInstance)
        {
            File.WriteAllBytes(Path("tree/chosen/avf,new-instance"), []);
        }
    }

    public void SetInstanceId(byte value)
    {
        Directory.CreateDirectory(Path("tree/avf/untrusted"));
        File.WriteAllBytes(Path("tree/avf/untrusted/instance-id"), [.. Enumerable.Repeat(value, 64)]);
    }

    /// <summary>Boots once.</summary>
    /// <returns>The manager's exit status.</returns>
    public int Boot()
    {
        Trace.Clear();
        (Failure, Tombstone, Service) = ("", null, null);
        if (!Devices.Partitions.ContainsKey("payload-metadata"))
        {
            Write("payload-metadata", PaddedMetadata());
            int status = Run();
            Devices.Partitions.Remove("payload-metadata");
            return status;
        }

        return Run();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // ---- The host ----
    public void NotifyPayloadStarted() => Trace.Add("started");

    public void NotifyPayloadReady() => Trace.Add("ready");

    public void NotifyPayloadFinished(int exitCode) => Trace.Add($"finished {exitCode}");

    public void NotifyError(ErrorCode errorCode, string message) => Trace.Add($"error {(int)errorCode} {message}");

    public IReadOnlyList<Certificate> RequestAttestation(byte[] csr, bool testMode) => throw new NotSupportedException();

    public IBinder? GetSecretkeeper() => null;

    // ---- The kernel ----
    void IMounts.Attach(string device, string target, string type, MountFlags flags) =>
        Trace.Add($"mount {type} {target} {flags}");

    void IMounts.Detach(string target) => Trace.Add($"unmount {target}");

    void IMounts.Synchronize(string target) => Trace.Add($"sync {target}");

    void IApkFileSystem.Mount(VerifiedApk apk, string target, bool isExecutable) =>
        Trace.Add($"zip {System.IO.Path.GetFileName(apk.Device)} {target}{(isExecutable ? "" : " noexec")}");

    void IApkFileSystem.UnmountAll() => Trace.Add("unmount zips");

    LockedMemory IDiceDriver.Read()
    {
        var memory = new LockedMemory(4096);
        Handover.CopyTo(memory.Span);
        return memory;
    }

    void IDiceDriver.Wipe() => Trace.Add("wipe");

    // ---- Programs ----
    (ChildExit Exit, string Errors) IProcesses.Run(string program, IReadOnlyList<string> arguments)
    {
        Trace.Add($"run {program} {string.Join(' ', arguments)}");
        return (Mke2fsExit, "what it says");
    }

    IPayloadProcess IProcesses.StartPayload(PayloadCommand command)
    {
        Trace.Add($"start {command.Path}{(command.IsLibrary ? "" : " as a program")}");
        Payload?.Invoke(Service!);
        return new FakeProcess(PayloadExit);
    }

    void IProcesses.EndPayload() => Trace.Add("end payload");

    void ITombstones.Send(string report) => Tombstone = report;

    private byte[] PaddedMetadata()
    {
        byte[] content = Metadata.ToPartition();
        Array.Resize(ref content, 8192);
        return content;
    }

    private int Run()
    {
        using MemoryStream port = new();
        GuestLog log = IsDebuggable ? new GuestLog(_log) : GuestLog.None;
        var manager = new MicrodroidManager(new Guest
        {
            IsDebuggable = IsDebuggable,
            Log = log,
            Host = new FakeHost(this),
            Partitions = Devices,
            Devices = Devices,
            Mounts = this,
            ApkFileSystem = this,
            DeviceTree = new GuestDeviceTree(Path("tree")),
            Dice = this,
            Packages = new FakePackages(Trace),
            Processes = this,
            PayloadServer = new FakeServer(this),
            Tombstones = this,
            Failures = new FailureChannel(() => new FakePort(port)),
            DiskPatience = TimeSpan.Zero,
        });
        int status = manager.Run();
        Failure = Encoding.UTF8.GetString(port.ToArray());
        return status;
    }

    private sealed class FakeProcess(ChildExit exit) : IPayloadProcess
    {
        public int Id => 123;

        public ChildExit Wait() => exit;

        public void Dispose()
        {
        }
    }

    private sealed class FakeHost(FakeGuest guest) : IHostConnection
    {
        public IVirtualMachineService Connect() => guest.IsHostThere ? guest : throw new IOException("connection refused");

        public void Dispose()
        {
        }
    }

    private sealed class FakeServer(FakeGuest guest) : IPayloadServer
    {
        public void Start(VmPayloadServiceStub service)
        {
            guest.Trace.Add("serve");
            guest.Service = service;
        }

        public void Dispose() => guest.Trace.Add("serve no more");
    }

    private sealed class FakePort(MemoryStream written) : IFailurePort
    {
        public void Write(ReadOnlySpan<byte> bytes) => written.Write(bytes);

        public void Drain()
        {
        }

        public void Dispose()
        {
        }
    }
}
