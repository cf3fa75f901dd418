using BootLoader.Avb;
using BootLoader.Cryptography;
using MicrodroidInit.Disks;
using MicrodroidInit.Mounts;
using MicrodroidInit.Processes;
using MicrodroidInit.Verified;

namespace MicrodroidInit;

/// <summary>What the guest's first process does, in its order: verify and mount the system, start the manager, wait for its end.</summary>
public static class InitMain
{
    /// <summary>Runs the guest.</summary>
    /// <typeparam name="TSystem">The system calls.</typeparam>
    /// <typeparam name="TDigest">The primitives.</typeparam>
    /// <returns>How the machine ends; nothing is left to do before.</returns>
    public static InitEnd Run<TSystem, TDigest>()
        where TSystem : struct, ISystem
        where TDigest : IDigest
    {
        InitFault fault = KernelFiles.Mount<TSystem>();
        BootParameters parameters = default;
        if (fault.IsNone)
        {
            RestartAfterPanic<TSystem>();
            fault = BootParameters.Read<TSystem>(out parameters);
        }

        if (fault.IsNone)
        {
            fault = EnterSystem<TSystem, TDigest>(parameters);
        }

        if (fault.IsNone)
        {
            fault = RunManager<TSystem>(parameters.IsDebuggable);
            ProcessLoop.EndOthers<TSystem>();

            // Only the manager knows whether it is there; what it holds was synchronised by its programs and is by the next line.
            TSystem.Unmount("/mnt/encryptedstore"u8);
        }

        if (!fault.IsNone)
        {
            InitLog.Error<TSystem>(fault);
            if (fault.Error != InitError.ManagerFailed)
            {
                FailureReason.Write<TSystem>(fault);
            }
        }

        TSystem.Sync();
        return fault.IsNone ? InitEnd.PowerOff : InitEnd.Reset;
    }

    private static InitFault EnterSystem<TSystem, TDigest>(in BootParameters parameters)
        where TSystem : struct, ISystem
        where TDigest : IDigest
    {
        InitFault fault = SystemDisk.Await<TSystem>(out SystemDisk disk);
        if (!fault.IsNone)
        {
            return fault;
        }

        // Read once: what was verified is what is used.
        Span<byte> vbmeta = stackalloc byte[VbmetaHeader.MaximumImage];
        vbmeta = vbmeta[..parameters.VbmetaSize];
        fault = PinnedVbmeta.Read<TSystem, TDigest>(disk.Vbmeta, parameters, vbmeta);
        if (!fault.IsNone)
        {
            return fault;
        }

        fault = SystemHashtree.Find(vbmeta, out SystemHashtree hashtree);
        if (!fault.IsNone)
        {
            return fault;
        }

        fault = VerifiedSystem.Make<TSystem, TDigest>(disk, hashtree, out uint minor);
        if (!fault.IsNone)
        {
            return fault;
        }

        fault = RootSwitch.Switch<TSystem>(minor);
        return fault.IsNone ? TemporaryFiles.Mount<TSystem>() : fault;
    }

    private static InitFault RunManager<TSystem>(bool isDebuggable)
        where TSystem : struct, ISystem
    {
        int result = TSystem.RaiseLoopback();
        if (result < 0)
        {
            InitLog.Warn<TSystem>("the loopback interface is not up, error"u8, result);
        }

        InitFault fault = Manager.Start<TSystem>(isDebuggable, out int process);
        return fault.IsNone ? ProcessLoop.Run<TSystem>(process) : fault;
    }

    // A kernel that stands still after a panic would leave the host waiting.
    private static void RestartAfterPanic<TSystem>()
        where TSystem : struct, ISystem
    {
        int file = TSystem.Open("/proc/sys/kernel/panic"u8, LinuxAbi.O_WRONLY);
        if (file >= 0)
        {
            TSystem.Write(file, "-1"u8);
            TSystem.Close(file);
        }
    }
}
