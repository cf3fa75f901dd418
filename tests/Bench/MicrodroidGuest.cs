using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Bench;

/// <summary>A Microdroid-style guest with the payload of an APK, run by <c>vm run-app</c> as a user does; debuggable, so that one sees what it is at.</summary>
internal sealed partial class MicrodroidGuest : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    private readonly Process _vm;
    private readonly TimedOutput _output;

    /// <summary>Starts it.</summary>
    /// <param name="files">The programs.</param>
    /// <param name="directory">Where its instance is kept.</param>
    /// <param name="isProtected">Whether as a protected VM.</param>
    /// <param name="apk">The payload.</param>
    /// <param name="payload">The option that names what to run of it, and its value.</param>
    internal MicrodroidGuest(BenchFiles files, string directory, bool isProtected, string apk, params string[] payload)
    {
        string instance = Path.Combine(directory, $"{Path.GetFileNameWithoutExtension(apk)}{(isProtected ? "-protected" : "")}");
        string[] protection = isProtected ? ["--protected"] : [];
        _vm = Start(files, ["run-app", files.Payload(apk), $"{instance}.idsig", $"{instance}.img", .. payload, .. protection]);
        _output = new TimedOutput($"vm run-app {apk}", _vm);
    }

    /// <summary>Its address.</summary>
    internal uint Cid
    {
        get
        {
            TimedLine created = WaitFor("a VM", static line => Created().IsMatch(line));
            return uint.Parse(Created().Match(created.Text).Groups[1].Value, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>What <c>vm</c>, console and log have said.</summary>
    internal IReadOnlyList<TimedLine> Lines => _output.Lines;

    /// <summary>The processes behind it: <c>vm</c>, its <c>virtmgr</c> and the VMM.</summary>
    internal (int Vm, int Virtmgr, int Vmm) Processes
    {
        get
        {
            int virtmgr = ProcessTree.ChildOf(_vm.Id);
            return (_vm.Id, virtmgr, ProcessTree.ChildOf(virtmgr));
        }
    }

    /// <summary>Waits for a line.</summary>
    internal TimedLine WaitFor(string what, Predicate<string> isIt) => _output.WaitFor(what, isIt, s_patience);

    /// <summary>Ends it, and waits until all of it has gone.</summary>
    public void Dispose()
    {
        if (!_vm.HasExited)
        {
            // Without its last user the VM goes, with its manager and its VMM.
            int[] others = Others();
            _vm.Kill();
            long start = Stopwatch.GetTimestamp();
            while (others.Any(static pid => Directory.Exists($"/proc/{pid}")) && Stopwatch.GetElapsedTime(start) < s_patience)
            {
                Thread.Sleep(20);
            }
        }

        _vm.WaitForExit();
        _vm.Dispose();
    }

    private int[] Others()
    {
        try
        {
            (_, int virtmgr, int vmm) = Processes;
            return [virtmgr, vmm];
        }
        catch (InvalidDataException)
        {
            // It is being started, or goes by itself.
            return [];
        }
    }

    private static Process Start(BenchFiles files, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(files.Vm, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["VMM_HOME"] = files.Home;
        return Process.Start(start)!;
    }

    [GeneratedRegex(" with CID ([0-9]+), state is ")]
    private static partial Regex Created();
}
