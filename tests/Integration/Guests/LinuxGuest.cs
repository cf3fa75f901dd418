using System.Globalization;
using Integration.Hosts;

namespace Integration.Guests;

/// <summary>A Debian kernel with the project's initramfs, which runs one command and powers off.</summary>
/// <param name="Command">Lines for the guest's shell.</param>
internal sealed record LinuxGuest(string Command)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(180);

    /// <summary>The kernel's path on the host.</summary>
    public string Kernel { get; init; } = KernelPath(Artifacts.Kernels[0]);

    /// <summary>vCPUs, as <c>--cpus</c> takes them.</summary>
    public string Cpus { get; init; } = "1";

    /// <summary>Memory in MiB.</summary>
    public int MemoryMib { get; init; } = 256;

    /// <summary>Give it its kernel's modules; those of its devices are then loaded.</summary>
    public bool Modules { get; init; }

    /// <summary>Give it the programs of images/guest/tools; by full path where busybox has an applet of that name (<c>/usr/sbin/mke2fs</c>).</summary>
    public bool Tools { get; init; }

    /// <summary>Give it tests/Peer, one end of a socket.</summary>
    public bool Peer { get; init; }

    /// <summary>Give it tests/OpenDice, which reads the secrets that its firmware handed over.</summary>
    public bool OpenDice { get; init; }

    /// <summary>What vmm tells on standard error.</summary>
    public string LogLevel { get; init; } = "warn";

    /// <summary>What the host's shell does before it starts the VM.</summary>
    public string Before { get; init; } = "";

    /// <summary>What it does when the VM has ended.</summary>
    public string After { get; init; } = "";

    /// <summary>Give it fio.</summary>
    public bool Fio { get; init; }

    /// <summary>Whether the serial port is the kernel's console; the command prints there in any case.</summary>
    public bool SerialConsole { get; init; } = true;

    /// <summary>Further options of <c>vmm run</c>.</summary>
    public string Options { get; init; } = "";

    /// <summary>Where a kernel lies on the host.</summary>
    public static string KernelPath(Version version) => $"guest/kernels/linux-{version}";

    /// <summary>Who starts vmm; null: the tests' own user.</summary>
    public string? User { get; init; }

    /// <summary>Boots it and waits for its end.</summary>
    public async Task<LinuxRun> Run(Workspace work)
    {
        await using HostProcess process = await Start(work);
        return await End(process);
    }

    /// <summary>Boots it; its console is the process's output.</summary>
    public async Task<HostProcess> Start(Workspace work)
    {
        await WriteInitrd(work);
        string vmm = $"./vmm --extended-status --log-level {LogLevel} run {AllOptions} --serial type=stdout{(SerialConsole ? ",console" : "")} "
            + $"--serial type=file,path=$W/status,num=2 {Kernel}";
        HostProcess process = work.Start(
            $"rm -f $W/status; {Before} {(User is null ? vmm : $"chmod 777 $W; su {User} -c \"{vmm}\"")} </dev/null; "
            + $"s=$?; {After} "
            + "echo; echo \"command status: $(cat $W/status)\"; exit $s");
        process.CloseInput();
        return process;
    }

    /// <summary>Waits for the end of what <see cref="Start"/> has started.</summary>
    public static async Task<LinuxRun> End(HostProcess process)
    {
        CommandResult result = await process.End(s_timeout);
        int last = result.Output.LastIndexOf("\ncommand status: ", StringComparison.Ordinal);
        string status = result.Output[(last + "\ncommand status: ".Length)..].Trim();
        return new LinuxRun(
            result.ExitCode,
            // Firmware writes there too, why it does not start the kernel.
            int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out int command) ? command : null,
            result.Output[..last],
            result.Error);
    }

    /// <summary>Boots it on a terminal with a person's shell, or with the command as the terminal's foreground program.</summary>
    /// <param name="work">Where.</param>
    /// <param name="before">What the shell does before it starts the VM.</param>
    /// <param name="after">What it does afterwards.</param>
    public async Task<HostProcess> StartOnTerminal(Workspace work, string before, string after)
    {
        await WriteInitrd(work, terminal: "rows 31 columns 117");
        return work.StartOnTerminal($"{before}; ./vmm --extended-status run {AllOptions} {Kernel}; {after}");
    }

    private string Archives =>
        $"guest/initrd{(Modules ? $" guest/modules/{Path.GetFileName(Kernel)}" : "")}{(Tools ? " guest/tools" : "")}{(Peer ? " guest/peer" : "")}{(OpenDice ? " guest/open-dice" : "")}{(Fio ? " guest/fio" : "")}";

    private string AllOptions => $"--cpus {Cpus} --mem {MemoryMib} --initrd $W/initrd -p quiet {Options}";

    /// <summary>Appends what images/guest/init looks for to the initramfs.</summary>
    private async Task WriteInitrd(Workspace work, string? terminal = null)
    {
        string files = "mkdir -p $W/root/etc/vmm";
        files += Command.Length > 0 ? " && cat >$W/root/etc/vmm/command" : "";
        files += terminal is not null ? $" && echo '{terminal}' >$W/root/etc/vmm/terminal" : "";
        // The same guest is the same bytes: they are signed, and instances are known by them.
        files += " && find $W/root -exec touch -t 200001010000 {} +";
        CommandResult result = await work.Run($"{files} && (cd $W/root && find etc | cpio -o -H newc 2>$W/cpio.log) | cat {Archives} - >$W/initrd", Command);
        result.ShouldExitWith(0);
    }
}
