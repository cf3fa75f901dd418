using Virtualization.Aidl;
using Virtualization.Binder;
using VirtualizationService.Life;

namespace VirtualizationService.SystemWide;

/// <summary>This process's connection to the system service. What it was given goes back when the process ends, in whatever way.</summary>
public sealed class SystemServiceClient : IGlobalContexts, IDisposable
{
    private readonly RpcSession _session;
    private readonly VirtualizationServiceInternalProxy _service;

    private SystemServiceClient(RpcSession session, IBinder root)
    {
        _session = session;
        _service = new VirtualizationServiceInternalProxy(root);
    }

    /// <summary>Connects where the service listens.</summary>
    /// <param name="path">Its socket.</param>
    /// <param name="log">Takes a line where somebody listens but is not the service.</param>
    /// <returns>Null where it does not run; everything but limits and the VMs of other users works without.</returns>
    public static SystemServiceClient? TryConnect(string path, ServiceLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (!File.Exists(path))
        {
            return null;
        }

        RpcSession? session = null;
        try
        {
            session = RpcSession.ConnectUnix(path, new RpcSessionOptions { ConnectTimeout = TimeSpan.FromSeconds(10) });
            return new SystemServiceClient(session, session.Root ?? throw new BinderException(StatusCode.NameNotFound));
        }
        catch (Exception e) when (e is BinderException or Kvm.Interop.LinuxException or IOException or TimeoutException)
        {
            session?.Dispose();
            log.Write($"{path} is there, but the system service does not answer ({e.Message}); going on without");
            return null;
        }
    }

    /// <inheritdoc/>
    public IGlobalContext Allocate(int memoryMib)
    {
        try
        {
            return new Context((GlobalVmContextProxy)_service.AllocateGlobalVmContext(Environment.ProcessId, memoryMib));
        }
        catch (BinderException e)
        {
            throw new RefusedException(e.Exception == ExceptionCode.Security ? Refusal.Security : Refusal.Failed, e.Message, e);
        }
    }

    /// <summary>Asks for the right to lock as much memory as guests have.</summary>
    /// <returns>Whether it was given.</returns>
    public bool TryRemoveMemlockLimit()
    {
        try
        {
            _service.RemoveMemlockRlimit(Environment.ProcessId);
            return true;
        }
        catch (BinderException)
        {
            return false;
        }
    }

    /// <summary>The VMs that the service shows to this user.</summary>
    public IReadOnlyList<VirtualMachineDebugInfo> List()
    {
        try
        {
            return _service.DebugListVms();
        }
        catch (BinderException)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private sealed class Context : IGlobalContext
    {
        private readonly GlobalVmContextProxy _proxy;

        public Context(GlobalVmContextProxy proxy)
        {
            _proxy = proxy;
            Cid = (uint)proxy.GetCid();
            TemporaryDirectory = proxy.GetTemporaryDirectory();
        }

        public uint Cid { get; }

        public string TemporaryDirectory { get; }

        public void SetHostConsoleName(string path)
        {
            try
            {
                _proxy.SetHostConsoleName(path);
            }
            catch (BinderException)
            {
                // The service has ended since: the user's own list still has the name.
            }
        }

        public void Dispose() => _proxy.Dispose();
    }
}
