using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Kvm.Interop.Sockets;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace VirtualizationService.Tests.Processes;

/// <summary>A client with the built <c>virtmgr</c> as its own process, in a home with a script in the VMM's place.</summary>
internal sealed class VirtmgrClient : IDisposable
{
    /// <summary>Runs a program as another user (util-linux).</summary>
    public const string SetPriv = "/usr/bin/setpriv";

    /// <summary>A user who is in no group that owns anything.</summary>
    public const uint Nobody = 65534;

    private readonly FileDescriptor _errors;

    /// <summary>What the build puts beside the tests.</summary>
    public static string Program => System.IO.Path.Combine(AppContext.BaseDirectory, "virtmgr.dll");

    public VirtmgrClient(TemporaryDirectory home, string script, bool connect = true, bool asNobody = false)
    {
        Home = home;
        _ = new FakeVmm(home, script);
        Directory.CreateDirectory(home["run"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (asNobody)
        {
            FileOwner.Change(home["run"], Nobody, Nobody);
            File.SetUnixFileMode(home.Path, File.GetUnixFileMode(home.Path) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        _errors = PosixFile.Open(home["log"], OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND);
        (StreamConnection client, StreamConnection server) = StreamConnection.CreatePair();
        Pipe ready = Pipe.Create("ready");
        Process = Start(home, _errors, asNobody, ["--rpc-server-fd", "3", "--ready-fd", "4"], new ChildDescriptor(server, 3), new ChildDescriptor(ready.Writer, 4));
        server.Dispose();
        ready.Writer.Dispose();
        Assert.True(ready.Reader.WaitReadable(20_000), "virtmgr is not ready");
        ready.Reader.Dispose();
        if (connect)
        {
            Session = RpcSession.ConnectBootstrap(client, new RpcSessionOptions { MaxOutgoing = 2, MaxIncoming = 1, FileDescriptors = RpcFileDescriptors.Unix });
            Service = new VirtualizationServiceProxy(Session.Root!);
        }
        else
        {
            client.Dispose();
        }
    }

    public TemporaryDirectory Home { get; }

    public ChildProcess Process { get; }

    public RpcSession? Session { get; }

    public VirtualizationServiceProxy? Service { get; }

    /// <summary>What virtmgr has written to its log.</summary>
    public string Log => File.ReadAllText(Home["log"]);

    /// <summary>Where the VMs' directories are.</summary>
    public string Root => Home["run/vmm"];

    /// <summary>Starts the program that the build puts beside the tests.</summary>
    public static ChildProcess Start(TemporaryDirectory home, FileDescriptor errors, bool asNobody, IReadOnlyList<string> arguments, params ChildDescriptor[] descriptors)
    {
        string dotnet = System.Environment.ProcessPath!;
        Dictionary<string, string> environment = new()
        {
            ["PATH"] = System.Environment.GetEnvironmentVariable("PATH")!,
            ["HOME"] = home.Path,
            ["VMM_HOME"] = home.Path,
            ["VMM_VSOCK"] = "unix",
            ["XDG_RUNTIME_DIR"] = home["run"],
            ["DOTNET_ROOT"] = System.IO.Path.GetDirectoryName(dotnet)!,
        };
        IReadOnlyList<string> command = [dotnet, Program, .. arguments];
        if (asNobody)
        {
            command = [SetPriv, $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", .. command];
        }

        return ChildProcess.Start(new ChildProcessOptions(command[0], [.. command.Skip(1)])
        {
            Descriptors = descriptors,
            StandardError = errors,
            Environment = environment,
        });
    }

    public void Dispose()
    {
        Session?.Dispose();
        Process.Dispose();
        _errors.Dispose();
    }
}
