using System.Globalization;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;
using Vmm.Control;
using Vmm.Logging;
using Vmm.Machine;
using Vmm.Outcome;

namespace Vmm.Listing;

/// <summary>
/// Where the VMs of a user are found: a directory of that user's alone in which each has a control socket, <c>PID-START.sock</c>, whether it was
/// given another one or not. START is the process's start in jiffies, so that a number that was used again is told apart.
/// </summary>
/// <param name="places">Where the directory may be; the first that can be made is used, all are looked into.</param>
internal sealed class VmRegistry(IReadOnlyList<string> places)
{
    private const string LogPart = "registry";
    private const string Extension = ".sock";

    /// <summary>This user's.</summary>
    public static VmRegistry OfUser { get; } = new(PlacesOf(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"), PrivateDirectory.User));

    /// <summary>The places of a user's registry, best first.</summary>
    /// <param name="runtimeDirectory">XDG_RUNTIME_DIR, where it is set.</param>
    /// <param name="user">The user's number.</param>
    public static IReadOnlyList<string> PlacesOf(string? runtimeDirectory, uint user)
    {
        var runUser = string.Create(CultureInfo.InvariantCulture, $"/run/user/{user}");
        var inTemporary = string.Create(CultureInfo.InvariantCulture, $"/tmp/vmm-{user}");
        return [.. ((string?[])[runtimeDirectory, runUser]).OfType<string>().Where(Path.IsPathRooted).Distinct().Select(static path => Path.Combine(path, "vmm")), inTemporary];
    }

    /// <summary>Gives a VM its place. What stands in the way is a line in the log: the VM runs without.</summary>
    public void Register(ControlServer server)
    {
        try
        {
            if (places.FirstOrDefault(static place => Directory.Exists(Path.GetDirectoryName(place)) && PrivateDirectory.TryCreate(place)) is not { } directory)
            {
                Log.Write(LogLevel.Warn, LogPart, $"vmm ls will not show this VM: none of {string.Join(", ", places)} is a directory of this user alone");
                return;
            }

            RemoveLeftovers(directory);
            var start = ProcessAge.StartInJiffies(Environment.ProcessId) ?? 0;
            var name = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{start}{Extension}");
            server.Add(ControlSocket.Open(Path.Combine(directory, name)));
        }
#pragma warning disable CA1031 // Nothing of a VM depends on its being listed.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.Write(LogLevel.Warn, LogPart, $"vmm ls will not show this VM: {FailureReport.For(failure).Line}");
        }
    }

    /// <summary>The VMs that have a place, by process number. Places that their VM left behind are removed.</summary>
    public IReadOnlyList<RegisteredVm> List()
    {
        List<RegisteredVm> found = [];
        foreach (var directory in places.Where(PrivateDirectory.IsAt))
        {
            RemoveLeftovers(directory);
            found.AddRange(Entries(directory).Select(static entry => entry.Vm));
        }

        return [.. found.DistinctBy(static vm => vm.Pid).OrderBy(static vm => vm.Pid)];
    }

    /// <summary>The control socket that a user means: a path, or the name or process number of a VM.</summary>
    /// <exception cref="VmmException">Several VMs have the name.</exception>
    public string Resolve(string text)
    {
        if (text.Contains('/', StringComparison.Ordinal) || File.Exists(text))
        {
            return text;
        }

        var vms = List();
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && vms.FirstOrDefault(vm => vm.Pid == pid) is { } numbered)
        {
            return numbered.SocketPath;
        }

        var named = VmSurvey.Ask(vms).Where(vm => vm.Status?.Name == text).ToList();
        return named switch
        {
            [var one] => one.Vm.SocketPath,
            [] => text,
            _ => throw new VmmException($"{named.Count} VMs have the name {text}; give a process number: {string.Join(", ", named.Select(static vm => vm.Vm.Pid))}"),
        };
    }

    private static IEnumerable<(RegisteredVm Vm, long Start)> Entries(string directory)
    {
        foreach (var path in Directory.EnumerateFiles(directory, $"*{Extension}"))
        {
            if (Path.GetFileNameWithoutExtension(path).Split('-') is [var pidText, var startText]
                && int.TryParse(pidText, NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && long.TryParse(startText, NumberStyles.None, CultureInfo.InvariantCulture, out var start))
            {
                yield return (new RegisteredVm(pid, path), start);
            }
        }
    }

    private static void RemoveLeftovers(string directory)
    {
        foreach (var (vm, start) in Entries(directory).ToList())
        {
            // A VM in another PID namespace has a number that means nothing here, and answers.
            if (ProcessAge.StartInJiffies(vm.Pid) != start && FileIdentity.Of(vm.SocketPath)?.IsSocket == true && !Answers(vm.SocketPath))
            {
                File.Delete(vm.SocketPath);
            }
        }
    }

    private static bool Answers(string path)
    {
        try
        {
            using var probe = SeqPacketSocket.Connect(path, block: false);
            return true;
        }
        catch (LinuxException failure)
        {
            return failure.Errno != Errno.ECONNREFUSED;
        }
    }
}
