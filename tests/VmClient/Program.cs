using System.Globalization;
using Kvm.Interop;
using Virtualization.Binder;

namespace VmClient;

/// <summary>Uses VMs as other programs would: one line of output for each thing done, exit status 1 when one failed, 2 for wrong usage.</summary>
internal static class Program
{
    private const int Connections = 8;

    private const string Usage = """
        usage: VmClient life DIRECTORY APK        a VM's life by the VM API
               VmClient payload CID PORT WORD…    with a payload's service, in this order:
                   secret:NAME  write:FILE:TEXT  read:FILE  boots  new-instance  calls:N:THREADS  notes:N  large  callback:N
                   unknown  spin  exit:CODE
               VmClient bench CID PORT            measures that service: nanoseconds of a round trip, calls a second of 8 threads, bytes a second there and back
               VmClient listen PATH COMMAND…      starts a service with a socket that listens already, as systemd does
        """;

    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["life", var directory, var apk]:
                    using (VmLife life = new(directory, Path.GetFullPath(apk)))
                    {
                        await life.Run();
                    }

                    return 0;
                case ["payload", var cid, var port, .. var words]:
                    UsePayload(uint.Parse(cid, CultureInfo.InvariantCulture), uint.Parse(port, CultureInfo.InvariantCulture), words);
                    return 0;
                case ["bench", var cid, var port]:
                    using (RpcSession session = Connect(uint.Parse(cid, CultureInfo.InvariantCulture), uint.Parse(port, CultureInfo.InvariantCulture)))
                    {
                        PayloadSpeed.Measure(session, Connections);
                    }

                    return 0;
                case ["listen", var path, .. var command] when command.Length > 0:
                    return SocketActivation.Run(path, command);
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }
        catch (Exception failure) when (failure is BinderException or LinuxException or TimeoutException or InvalidOperationException or Virtualization.VirtualMachineException)
        {
            Console.WriteLine($"FAIL {failure.GetType().Name}: {failure.Message}");
            return 1;
        }
    }

    private static void UsePayload(uint cid, uint port, string[] words)
    {
        using RpcSession session = Connect(cid, port);
        PayloadActions actions = new(session);
        foreach (string word in words)
        {
            actions.Do(word);
        }
    }

    private static RpcSession Connect(uint cid, uint port) =>
        RpcSession.ConnectVsock(cid, port, new RpcSessionOptions { MaxOutgoing = Connections, MaxIncoming = 1, ConnectTimeout = TimeSpan.FromSeconds(30) });
}
