using System.CommandLine;
using VirtualizationService.Directories;
using VirtualizationService.Permissions;
using VirtualizationService.SystemWide;

namespace VirtualizationService;

/// <summary>The command <c>virtmgr</c>. Clients start it themselves; nobody types it but <c>system-service</c> and <c>sweep</c>.</summary>
/// <param name="log">Takes a line for what happens.</param>
internal sealed class VirtmgrCommandLine(ServiceLog log)
{
    private const int WrongCommandLine = 35;

    /// <summary>Does what the arguments ask for.</summary>
    /// <returns>The status of the process.</returns>
    /// <exception cref="RefusedException">It cannot.</exception>
    public int Invoke(string[] args)
    {
        Option<int?> rpc = new("--rpc-server-fd") { HelpName = "N", Description = "the client's socket pair, on which its service is served" };
        Option<int?> ready = new("--ready-fd") { HelpName = "M", Description = "closed when the service is served" };
        // The library's own root command looks texts up in resources, which every client would wait for.
        const string Description = "the service that runs virtual machines for the client that starts it";
        bool isForClient = args is ["--rpc-server-fd", ..];
        Command root = isForClient ? new Command("virtmgr", Description) : new RootCommand(Description);
        root.Add(rpc);
        root.Add(ready);
        root.SetAction(result =>
        {
            if (result.GetValue(rpc) is not { } rpcNumber || result.GetValue(ready) is not { } readyNumber)
            {
                log.Write("--rpc-server-fd and --ready-fd are needed: a client's library starts virtmgr with them");
                return WrongCommandLine;
            }

            return ClientService.Run(rpcNumber, readyNumber, log);
        });
        if (!isForClient)
        {
            root.Add(SystemServiceCommand());
            root.Add(SweepCommand());
        }

        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            log.Write(parsed.Errors[0].Message);
            return WrongCommandLine;
        }

        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private Command SystemServiceCommand()
    {
        Option<string> socket = new("--socket")
        {
            HelpName = "PATH",
            Description = "where to listen when systemd has passed no socket",
            DefaultValueFactory = static _ => SystemService.SocketPath,
        };
        Option<string> directory = new("--directory")
        {
            HelpName = "PATH",
            Description = "where the VMs of all users have their directories",
            DefaultValueFactory = static _ => Path.GetDirectoryName(SystemService.SocketPath)!,
        };
        Command command = new("system-service", "serve addresses, directories and limits to the virtmgr of all users") { socket, directory };
        command.SetAction(result =>
        {
            using EndSignals signals = new();
            Policy policy = Policy.Load(Installation.Find().PolicyFiles);
            SystemService.Run(result.GetValue(socket)!, result.GetValue(directory)!, policy, log, signals.Token);
            return 0;
        });
        return command;
    }

    private Command SweepCommand()
    {
        Command command = new("sweep", "remove what a virtmgr of this user that was killed has left");
        command.SetAction(_ =>
        {
            foreach (string path in RuntimeRoot.Existing.SelectMany(VmDirectory.Sweep))
            {
                log.Write($"removed {path}");
            }

            return 0;
        });
        return command;
    }
}
