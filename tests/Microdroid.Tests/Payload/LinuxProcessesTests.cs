using System.Diagnostics;
using System.Text;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Microdroid.Debugging;
using Microdroid.Payload;

namespace Microdroid.Tests.Payload;

/// <summary>Programs that are really started.</summary>
public class LinuxProcessesTests
{
    [Fact]
    public void A_program_runs_to_its_end_and_what_it_said_is_kept()
    {
        LinuxProcesses processes = new(GuestLog.None);
        Assert.Equal((new ChildExit(3, null), "bad"), processes.Run("/bin/sh", ["-c", "echo good; echo bad >&2; exit 3"]));
        (ChildExit exit, string errors) = processes.Run("/bin/sh", ["-c", "env >&2"]);
        Assert.Equal(0, exit.Status);
        Assert.Equal(["HOME", "LANG", "PATH", "TMPDIR"], errors.Split('\n').Select(line => line.Split('=')[0]).Where(name => name is not ("PWD" or "SHLVL" or "_" or "OLDPWD")).Order());
    }

    [Fact]
    public void What_a_program_says_is_logged_line_by_line_however_it_is_cut()
    {
        using MemoryStream log = new();
        Pipe pipe = Pipe.Create("test");
        OutputLog output = OutputLog.Start(pipe.Reader, new GuestLog(log), "payload");
        foreach (string piece in new[] { "one\ntw", "o\n\nthr\u001bee", "\n", new string('x', 9000), "\nlast" })
        {
            pipe.Writer.WriteAll(Encoding.UTF8.GetBytes(piece));
        }

        pipe.Writer.Dispose();
        output.WaitForEnd();
        string x = new('x', 4000), rest = new('x', 1000);
        Assert.Equal(
            $"payload: one\npayload: two\npayload: \npayload: thr ee\npayload: {x}\npayload: {x}\npayload: {rest}\npayload: last\n",
            Encoding.UTF8.GetString(log.ToArray()));
    }

    [SkippableFact]
    public void The_payload_has_no_rights_variables_or_descriptors_of_the_manager()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess && File.Exists(LauncherArguments.Program), "needs root and setpriv");
        using MemoryStream log = new();
        string script = Path.GetTempFileName(), secret = Path.GetTempFileName();
        File.WriteAllText(script, $"#!/bin/sh\ngrep -E '^(Uid|Gid|Groups|Cap|NoNew)' /proc/self/status\nls -l /proc/$$/fd\ncat {secret} || exit 7\n");
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(secret, UnixFileMode.UserRead);
        using FileStream held = File.OpenRead(secret);
        using IPayloadProcess payload = new LinuxProcesses(new GuestLog(log)).StartPayload(new PayloadCommand(script, IsLibrary: false));
        Assert.Equal(new ChildExit(7, null), payload.Wait());
        string[] lines = [.. Encoding.UTF8.GetString(log.ToArray()).Split('\n').Select(line => line.Replace("payload: ", "", StringComparison.Ordinal).TrimEnd())];
        Assert.Equal(
            [
                "Uid: 6000 6000 6000 6000", "Gid: 6000 6000 6000 6000", "Groups:", "CapInh: 0000000000000000", "CapPrm: 0000000000000000",
                "CapEff: 0000000000000000", "CapBnd: 0000000000000000", "CapAmb: 0000000000000000", "NoNewPrivs: 1",
            ],
            lines[..9].Select(line => line.Replace('\t', ' ')));
        Assert.DoesNotContain(lines[9..], line => line.Contains($"-> {secret}", StringComparison.Ordinal));
        Assert.Contains(lines[9..], line => line.Contains("0 -> /dev/null", StringComparison.Ordinal));
        File.Delete(script);
        File.Delete(secret);
    }

    [SkippableFact]
    public void Everything_of_the_payloads_user_is_ended_and_nothing_else()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "needs root and setpriv");
        using Process other = Process.Start("/bin/sleep", "60");
        using Process own = Process.Start("/usr/bin/setpriv", ["--reuid", "6000", "--regid", "6000", "--clear-groups", "/bin/sh", "-c", "sleep 60 & sleep 60"]);
        Assert.True(SpinWait.SpinUntil(() => Count() == 3, 5000), $"{Count()} processes of user 6000");
        new LinuxProcesses(GuestLog.None).EndPayload();
        Assert.True(own.WaitForExit(5000));
        Assert.False(other.HasExited);
        other.Kill();
        other.WaitForExit();
    }

    private static int Count() => Directory.EnumerateDirectories("/proc").Count(directory =>
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(directory, "status"));
            return text.Contains("\nUid:\t6000\t", StringComparison.Ordinal) && !text.Contains("\nState:\tZ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    });
}
