using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Configuration;

namespace Virtualization;

/// <content>How a run is made.</content>
public sealed partial class VirtualMachine
{
    private const int MiB = 1 << 20;

    private static readonly TimeSpan s_lockPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lockPause = TimeSpan.FromMilliseconds(20);

    private async Task LaunchOrRelease(IVirtualizationService service, CancellationToken cancellationToken)
    {
        try
        {
            VmInstance instance = await Launch(service, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _instance, instance);
        }
        catch
        {
            Release();
            throw;
        }
    }

    private async Task<VmInstance> Launch(IVirtualizationService service, CancellationToken cancellationToken)
    {
        using Aidl.VirtualMachineConfig config = new()
        {
            AppConfig = await Task.Run(() => VirtualMachineException.Wrap($"cannot run the VM '{Name}'", () => MakeConfig(service)), cancellationToken)
                .ConfigureAwait(false),
        };
        VmStreams streams = _streams.ForRun(Config);
        VmInstance instance = await VmInstance.CreateAsync(service, config, streams, _events, cancellationToken).ConfigureAwait(false);
        try
        {
            // The service has duplicates. With ours gone the readers get an end when the VM does.
            _streams.CloseGuestEnds();
            if (_streams.Console is { } console)
            {
                await instance.SetHostConsoleNameAsync(console.Path, cancellationToken).ConfigureAwait(false);
            }

            await instance.StartAsync(cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return instance;
        }
        catch
        {
            instance.Dispose();
            throw;
        }
    }

    private VirtualMachineAppConfig MakeConfig(IVirtualizationService service)
    {
        VirtualMachineAppConfig app = new()
        {
            Name = Name,
            InstanceId = _directory.ReadInstanceId(),
            OsName = _config.Os,
            DebugLevel = (Aidl.DebugLevel)_config.DebugLevel,
            ProtectedVm = _config.ProtectedVm,
            MemoryMib = (int)((_config.MemoryBytes + MiB - 1) / MiB),
            CpuTopology = (Aidl.CpuTopology)_config.CpuTopology,
        };
        try
        {
            // Locked for as long as anybody has it open: the service and the VMM hold duplicates of this open file.
            _instanceLock = OpenLocked(_directory.InstanceImage);
            app.InstanceImage = new FileDescriptor((int)_instanceLock.SafeFileHandle.DangerousGetHandle(), _directory.InstanceImage, ownsHandle: false);
            app.Apk = PosixFile.Open(_config.ApkPath, OpenFlags.O_RDONLY);
            app.Idsig = MakeIdsig(service, app.Apk, _directory.Idsig);
            app.EncryptedStorageImage = _config.EncryptedStorageBytes > 0 ? PosixFile.Open(_directory.Storage, OpenFlags.O_RDWR) : null;
            AddPayload(service, app);
            if (_config.VendorDiskImage is { } vendor)
            {
                app.CustomConfig = new CustomConfig { VendorImage = PosixFile.Open(vendor, OpenFlags.O_RDONLY) };
            }

            return app;
        }
        catch
        {
            app.Dispose();
            throw;
        }
    }

    private void AddPayload(IVirtualizationService service, VirtualMachineAppConfig app)
    {
        List<FileDescriptor> idsigs = [];
        app.ExtraIdsigs = idsigs;
        if (_config.PayloadConfigPath is { } path)
        {
            // The service opens the APKs itself; their idsig files are this library's to make.
            app.Payload.ConfigPath = path;
            foreach (string extra in ExtraApkPaths.Read(_config.ApkPath, path))
            {
                using PosixFile apk = PosixFile.Open(extra, OpenFlags.O_RDONLY);
                idsigs.Add(MakeIdsig(service, apk, _directory.ExtraIdsig(idsigs.Count)));
            }

            return;
        }

        List<FileDescriptor> apks = [];
        app.Payload.PayloadConfig = new VirtualMachinePayloadConfig { PayloadBinaryName = _config.PayloadBinaryName!, ExtraApks = apks };
        foreach (string extra in _config.ExtraApks)
        {
            apks.Add(PosixFile.Open(extra, OpenFlags.O_RDONLY));
            idsigs.Add(MakeIdsig(service, apks[^1], _directory.ExtraIdsig(idsigs.Count)));
        }
    }

    private static PosixFile MakeIdsig(IVirtualizationService service, FileDescriptor apk, string path)
    {
        PosixFile idsig = PosixFile.Open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT);
        try
        {
            service.CreateOrUpdateIdsigFile(apk, idsig);
            return idsig;
        }
        catch
        {
            idsig.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file that one run at a time may have open. The service lets go of it shortly after the VM has stopped, so this waits a little.</summary>
    private FileStream OpenLocked(string path)
    {
        long start = Environment.TickCount64;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException busy) when (busy is not (FileNotFoundException or DirectoryNotFoundException))
            {
                if (Environment.TickCount64 - start > s_lockPatience.TotalMilliseconds)
                {
                    throw new VirtualMachineException($"the VM '{Name}' runs in another process: {path} is locked", busy);
                }

                Thread.Sleep(s_lockPause);
            }
        }
    }

    private VirtualMachineDescriptor OpenDescriptor()
    {
        // Opened for writing only to see that no other process runs the VM.
        using FileStream locked = OpenLocked(_directory.InstanceImage);
        List<PosixFile> files = [];
        try
        {
            List<string> paths = [_directory.ConfigFile, _directory.InstanceIdFile, _directory.InstanceImage];
            paths.AddRange(_config.EncryptedStorageBytes > 0 ? [_directory.Storage] : []);
            foreach (string path in paths)
            {
                files.Add(PosixFile.Open(path, OpenFlags.O_RDONLY));
            }

            return new VirtualMachineDescriptor(files[0], files[1], files[2], files.Count > 3 ? files[3] : null);
        }
        catch
        {
            files.ForEach(static file => file.Dispose());
            throw;
        }
    }

    /// <summary>Lets no run begin and nothing else change until it is disposed.</summary>
    private Changing Change()
    {
        if (!_changing.Wait(TimeSpan.Zero))
        {
            throw new VirtualMachineException($"the VM '{Name}' is being started or changed");
        }

        return new Changing(_changing);
    }

    private void RequireStopped()
    {
        VirtualMachineStatus status = Status;
        Require(status == VirtualMachineStatus.Stopped, status == VirtualMachineStatus.Running ? "runs" : "has been deleted");
    }

    private void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new VirtualMachineException($"the VM '{Name}' {otherwise}");
        }
    }

    private VmInstance LastRun() => Volatile.Read(ref _instance) ?? throw new VirtualMachineException($"the VM '{Name}' does not run");

    private VmInstance Running() => LastRun() is { StopReason: null } instance
        ? instance
        : throw new VirtualMachineException($"the VM '{Name}' does not run");

    /// <summary>Gives back what a run took.</summary>
    private void Release()
    {
        Volatile.Read(ref _instance)?.Dispose();
        _streams.EndRun();
        _instanceLock?.Dispose();
        _instanceLock = null;
    }

    private sealed class Changing(SemaphoreSlim changing) : IDisposable
    {
        public void Dispose() => changing.Release();
    }
}
