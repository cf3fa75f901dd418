using System.Security.Cryptography;
using BootLoader.Apk;
using BootLoader.Sources;
using Kvm.Interop.Files;
using Virtualization.Aidl;
using VirtualizationService.Directories;

namespace VirtualizationService.Tests;

/// <summary>What clients make VMs from, in a directory that is both theirs and the installation.</summary>
/// <param name="home">The directory.</param>
internal sealed class ClientFiles(TemporaryDirectory home)
{
    public PosixFile Open(string name) => PosixFile.Open(home[name], OpenFlags.O_RDWR);

    public PosixFile Create(string name) => PosixFile.Open(home[name], OpenFlags.O_RDWR | OpenFlags.O_CREAT);

    /// <summary>Makes a VM of a configuration of the client's own, with a kernel and a disk.</summary>
    public VirtualMachineProxy CreateRaw(VirtualizationServiceProxy service)
    {
        home.Write("kernel", "kernel");
        File.WriteAllBytes(home["disk"], new byte[8192]);
        using PosixFile kernel = Open("kernel");
        using PosixFile disk = Open("disk");
        VirtualMachineRawConfig raw = new()
        {
            Name = "test",
            Kernel = kernel,
            PlatformVersion = "~1.0",
            Disks = [new DiskImage { Partitions = [new Partition { Label = "data", Image = disk, Writable = true }] }],
        };
        return (VirtualMachineProxy)service.CreateVm(new VirtualMachineConfig { RawConfig = raw }, null, null, null);
    }

    /// <summary>Writes the system's template and its files.</summary>
    public void WriteSystem()
    {
        home.Write("etc/microdroid.json", """{ "kernel": "fs/k", "disks": [{ "partitions": [{ "label": "super", "path": "fs/s" }] }], "memory_mib": 256, "platform_version": "~1.0" }""");
        foreach (string file in (string[])["k", "s", "microdroid_initrd_normal.img", "microdroid_initrd_debuggable.img"])
        {
            home.Write($"etc/fs/{file}", file);
        }
    }

    /// <summary>Writes a signed APK with a library and a payload configuration.</summary>
    public void WriteApk()
    {
        // Not RSA, whose keys take seconds to be found.
        using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ApkSigningKey key = ApkSigningKey.FromPem(pair.ExportPkcs8PrivateKeyPem());
        using FileStream stream = File.Create(home["payload.apk"]);
        new ApkBuilder("com.example.payload")
            .Add("lib/arm64-v8a/libpayload.so", new MemorySource(new byte[100]))
            .Add("assets/vm_config.json", new MemorySource("""{ "task": { "type": "microdroid_launcher", "command": "libpayload.so" } }"""u8.ToArray()))
            .Build(stream, key);
    }

    /// <summary>Writes the files of an app's VM that the service would make, with nothing in them that it reads.</summary>
    public void WriteInstance()
    {
        home.Write("instance.img", new string('\0', 4096));
        home.Write("idsig", "x");
    }

    /// <summary>The configuration of an app, its files open.</summary>
    public VirtualMachineAppConfig AppConfig() => new()
    {
        Name = "app",
        Apk = Open("payload.apk"),
        Idsig = Open("idsig"),
        InstanceImage = Open("instance.img"),
        Payload = new AppPayload { PayloadConfig = new VirtualMachinePayloadConfig { PayloadBinaryName = "libpayload.so" } },
        DebugLevel = DebugLevel.Full,
    };

    /// <summary>Waits until a VM's script runs.</summary>
    /// <returns>Its process.</returns>
    public static int RunningVmm(string root, int cid)
    {
        string directory = Path.Combine(root, $"{cid}");
        Eventually.True(() => File.Exists(Path.Combine(directory, "running")), "the VMM's start");
        return VmRecord.Read(directory)!.VmmPid!.Value;
    }

    public static bool IsAlive(int process) =>
        Directory.Exists($"/proc/{process}") && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
}
