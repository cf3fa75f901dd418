using System.CommandLine;

namespace Vmm.CommandLine;

/// <summary>The options of <c>vmm run</c>, with the names and value syntax of <c>crosvm run</c>.</summary>
internal sealed class RunOptions
{
    // Zero or more, though one is needed: an option that is not known here lands among the kernels, where it is found and named.
    public Argument<string[]> Kernel { get; } = new("KERNEL")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "arm64 kernel: Image, gzip, lz4, zstd, EFI zboot or ELF",
    };

    public Option<string> Initrd { get; } = Value("--initrd", "PATH", "initial RAM disk", "-i");

    public Option<string[]> Params { get; } = Values("--params", "PARAMS", "kernel parameters; may be repeated, joined by spaces", "-p");

    public Option<string> Mem { get; } = Value("--mem", "[size=]MIB", "guest memory in MiB (default: 256)", "-m");

    public Option<string> Cpus { get; } = Value(
        "--cpus",
        "[num-cores=]N[,sve=[auto=BOOL]]",
        """
        number of vCPUs, 1 to 16 (default: 1);
        sve: SVE for the guest when the host has it (default: true)
        """,
        "-c");

    public Option<bool> Hugepages { get; } = Switch("--hugepages", "advise huge pages for guest memory");

    public Option<bool> ProtectedVm { get; } = Switch(
        "--protected-vm",
        """
        keep the host from the guest's memory (pKVM) and start at the
        firmware pvmfw.img beside vmm, which verifies the kernel
        """);

    public Option<string> ProtectedVmWithFirmware { get; } = Value(
        "--protected-vm-with-firmware", "PATH", "the same with this firmware");

    public Option<bool> ProtectedVmWithoutFirmware { get; } = Switch(
        "--protected-vm-without-firmware",
        """
        keep the host from the guest's memory (pKVM) and start at the
        kernel; nothing verifies what was loaded
        """);

    public Option<string> UnprotectedVmWithFirmware { get; } = Value(
        "--unprotected-vm-with-firmware", "PATH", "a normal VM that starts at this firmware");

    public Option<string> PvmfwKey { get; } = Value(
        "--pvmfw-key",
        "PATH",
        """
        what the firmware must be signed with: an RSA key (PEM) or AVB
        public key, or none to verify nothing (default: the development
        key, which everybody has)
        """);

    public Option<string> DeviceSecret { get; } = Value(
        "--device-secret",
        "PATH",
        """
        32 random bytes from which a firmware's secrets are derived, made
        when missing (default: ~/.local/state/vmm/device-secret)
        """);

    public Option<string> InstanceId { get; } = Value(
        "--instance-id",
        "PATH|HEX",
        """
        what tells this VM's secrets from those of others with the same
        code: a file of 64 bytes, or 128 hexadecimal digits
        """);

    public Option<bool> DeferRollbackProtection { get; } = Switch(
        "--defer-rollback-protection",
        """
        tell the firmware that the guest itself keeps its older versions
        from its secrets
        """);

    public Option<string> Swiotlb { get; } = Value(
        "--swiotlb",
        "MIB",
        """
        pool through which devices and guest exchange data, a part of
        --mem (default: 64 in a protected VM or with a firmware)
        """);

    public Option<string[]> Serial { get; } = Values(
        "--serial",
        "type=TYPE[,KEY=VALUE…]",
        """
        a serial port; may be repeated. Without a console, port 1 is it,
        on standard output and input
          type=stdout|file|unix|unix-stream|pty|sink
                          where output goes (default: sink)
          hardware=serial|virtio-console
                          a 16550 (default), or hvc0, hvc1, …
          num=N           which port: 1 to 4 (default: 1, ttyS0 at
                          0x3f8); of virtio consoles the order, 1 to 16
          path=PATH       file or socket; for pty a link to make
          input=PATH      where type=file reads input
          console         make it the guest's console
          earlycon        make it the guest's early console
          stdin           give it standard input (type=stdout)
        """);

    public Option<string[]> Block { get; } = Values(
        "--block",
        "[path=]PATH[,KEY=VALUE…]",
        """
        a disk, vda and on in the order given; may be repeated
          path=PATH       file, block device or /proc/self/fd/N
          type=raw|composite|sparse|qcow2
                          the file's format (default: raw)
          ro              only read
          root            the guest's root file system
          sparse=BOOL     give back what is discarded (default: true)
          direct          past the host's page cache (O_DIRECT)
          lock=BOOL       lock the file (default: true)
          block-size=N    logical block size (default: 512)
          id=TEXT         serial number, up to 20 characters
          async-executor=epoll|uring
                          threads or io_uring (default: uring where it is)
          packed-queue    offer packed virtqueues
          multiple-workers
                          a thread of its own
          allow-backing   open the backing file that a qcow2 image names
        """,
        "-b");

    public Option<string[]> Disk { get; } = Values("--disk", "PATH[,KEY=VALUE…]", "--block with ro", "-d");

    public Option<string[]> RwDisk { get; } = Values("--rwdisk", "PATH[,KEY=VALUE…]", "the same as --block");

    public Option<string[]> Root { get; } = Values("--root", "PATH[,KEY=VALUE…]", "--block with ro and root", "-r");

    public Option<string[]> RwRoot { get; } = Values("--rwroot", "PATH[,KEY=VALUE…]", "--block with root");

    public Option<string> Vsock { get; } = Value(
        "--vsock",
        "[cid=]N[,KEY=VALUE…]",
        """
        sockets between host and guest (AF_VSOCK)
          cid=N           the guest's address, 3 to 4294967294
          device=PATH     the kernel's device, or /proc/self/fd/N
                          (default: /dev/vhost-vsock)
          uds=PATH        without the kernel's device: programs connect to
                          PATH and send "CONNECT port"; the guest reaches
                          who listens at PATH_port
          pcap=PATH       with uds: write what passes, for Wireshark
        """);

    public Option<string> Cid { get; } = Value("--cid", "N", "the same as --vsock N");

    public Option<string> VhostVsockDevice { get; } = Value("--vhost-vsock-device", "PATH", "device= of --vsock, for --cid");

    public Option<string> VhostVsockFd { get; } = Value("--vhost-vsock-fd", "FD", "the same by descriptor");

    public Option<string[]> Net { get; } = Values(
        "--net",
        "KEY=VALUE…",
        """
        a network card; may be repeated. One of
          tap-name=NAME   a tap interface, which may have to be made first
          tap-fd=N        a descriptor of one that is open
          host-ip=IP,netmask=MASK
                          a new tap with this address (CAP_NET_ADMIN)
          type=passt      the host's own network, without privileges
        and for all
          mac=ADDRESS     the card's address (default: random)
          packed-queue    offer packed virtqueues
        for a tap
          vq-pairs=N      pairs of queues (default: 1)
          mtu=N           tell the guest the largest payload of a frame
          vhost-net[=[device=PATH]]
                          frames are moved by the kernel
        for passt
          ports=SPEC      TCP ports to forward (as its --tcp-ports)
          udp-ports=SPEC  UDP ports to forward (as its --udp-ports)
          socket=PATH     a passt --vhost-user that runs already
        """);

    public Option<string[]> TapName { get; } = Values("--tap-name", "NAME", "--net with tap-name");

    public Option<string[]> TapFd { get; } = Values("--tap-fd", "N", "--net with tap-fd");

    public Option<string> HostIp { get; } = Value("--host-ip", "IP", "--net with host-ip; needs --netmask and --mac");

    public Option<string> Netmask { get; } = Value("--netmask", "MASK", "netmask of --host-ip");

    public Option<string> Mac { get; } = Value("--mac", "ADDRESS", "mac of --host-ip");

    public Option<string> NetVqPairs { get; } = Value("--net-vq-pairs", "N", "vq-pairs of --tap-name, --tap-fd and --host-ip");

    public Option<bool> VhostNet { get; } = Switch("--vhost-net", "vhost-net for --tap-name, --tap-fd and --host-ip");

    public Option<string> VhostNetDevice { get; } = Value("--vhost-net-device", "PATH", "device of --vhost-net (default: /dev/vhost-net)");

    public Option<string[]> VhostUser { get; } = Values(
        "--vhost-user",
        "[type=]TYPE,socket=PATH[,KEY=VALUE…]",
        """
        a device that another program serves; may be repeated
          type=block|console|fs|net|snd|vsock
          socket=PATH     where that program listens, or
                          /proc/self/fd/N: a connection to it
          max-queue-size=N
                          size of each queue (default: 256)
          packed-queue    offer packed virtqueues
          tag=NAME        name of a shared folder (type=fs)
          mac=ADDRESS     address of a network card (type=net)
        """);

    public Option<string[]> VhostUserFs { get; } = Values("--vhost-user-fs", "PATH[,tag=NAME]", "--vhost-user with type=fs");

    public Option<string[]> VhostUserBlk { get; } = Values("--vhost-user-blk", "PATH", "--vhost-user with type=block");

    public Option<string[]> VhostUserConsole { get; } = Values("--vhost-user-console", "PATH", "--vhost-user with type=console");

    public Option<string[]> VhostUserNet { get; } = Values("--vhost-user-net", "PATH", "--vhost-user with type=net");

    public Option<string[]> VhostUserSnd { get; } = Values("--vhost-user-snd", "PATH", "--vhost-user with type=snd");

    public Option<string[]> VhostUserVsock { get; } = Values("--vhost-user-vsock", "PATH", "--vhost-user with type=vsock");

    public Option<string> VhostUserConnectTimeout { get; } = Value(
        "--vhost-user-connect-timeout-ms", "N", "how long to wait for a --vhost-user socket (default: 0)");

    public Option<bool> NoRtc { get; } = Switch("--no-rtc", "no real-time clock");

    public Option<bool> NoRng { get; } = Switch("--no-rng", "no virtio-rng; a protected VM never has one");

    public Option<bool> NoBalloon { get; } = Switch("--no-balloon", "no memory balloon; a protected VM never has one");

    public Option<bool> BalloonPageReporting { get; } = Switch("--balloon-page-reporting", "the guest gives memory back as it becomes free");

    public Option<string> InitMem { get; } = Value("--init-mem", "MIB", "memory outside the balloon at first (default: all)");

    public Option<bool> NoPmu { get; } = Switch("--no-pmu", "no performance counters");

    public Option<string> Pci { get; } = Value(
        "--pci",
        "KEY=[start=N,size=N]…",
        """
        where PCI lies in guest memory
          cam=[…]         configuration (default: 0x10000, 0x1000000)
          mem=[…]         32-bit window (default: 0x2000000, 0x2000000)
        """);

    public Option<string> Irqchip { get; } = Value(
        "--irqchip",
        "kernel[allow-vgic-its=BOOL]",
        """
        interrupts by KVM's GIC; allow-vgic-its: PCI devices send
        messages through its ITS instead of sharing lines (default: true
        unless --protected-vm… or --compat-date)
        """);

    public Option<bool> DisableVirtioIntx { get; } = Switch(
        "--disable-virtio-intx", "virtio devices send messages only; needs the ITS");

    public Option<string> FdtPosition { get; } = Value(
        "--fdt-position",
        "start|end|after-payload",
        "where the device tree lies in RAM (default: end)");

    public Option<string[]> DeviceTreeOverlay { get; } = Values(
        "--device-tree-overlay",
        "PATH[,filter]",
        """
        merge a compiled overlay (.dtbo); may be repeated
          filter          keep only nodes of assigned devices
        """);

    public Option<string> DumpDeviceTreeBlob { get; } = Value("--dump-device-tree-blob", "PATH", "write the guest's device tree to a file");

    public Option<string> CompatDate { get; } = Value(
        "--compat-date",
        "YYYY-MM-DD",
        "the machine as crosvm had it on that day (default: the newest)");

    public Option<string> Name { get; } = Value("--name", "NAME", "name of the VM in messages and process lists");

    public Option<string> Socket { get; } = Value(
        "--socket",
        "PATH",
        """
        control socket, for vmm stop, suspend, resume and status; for a
        directory vmm-PID.sock in it, for /proc/self/fd/N the socket
        that the caller has bound
        """,
        "-s");

    public Option<bool> Suspended { get; } = Switch("--suspended", "start with stopped vCPUs, until vmm resume");

    public Option<bool> Trace { get; } = Switch("--trace", "print each phase of the start with its time");

    // AVF always passes these; they ask for what is so anyway.
    public Option<bool> NoUsb { get; } = Switch("--no-usb", "nothing to leave out: the machine has no USB");

    public Option<bool> UnmapGuestMemoryOnFork { get; } = Switch(
        "--unmap-guest-memory-on-fork", "always so: a child of vmm never has the guest's memory");

    public Option<bool> DisableSandbox { get; } = Switch("--disable-sandbox", "nothing to disable: vmm has no sandbox yet");

    /// <summary>All options with a meaning, as the help shows them.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
    [
        new("What to boot", Initrd, Params),
        new("Size", Mem, Cpus, Hugepages),
        new(
            "Protection",
            ProtectedVm,
            ProtectedVmWithFirmware,
            ProtectedVmWithoutFirmware,
            UnprotectedVmWithFirmware,
            PvmfwKey,
            DeviceSecret,
            InstanceId,
            DeferRollbackProtection,
            Swiotlb),
        new("Disks", Block, Disk, RwDisk, Root, RwRoot),
        new("Network", Net, TapName, TapFd, HostIp, Netmask, Mac, NetVqPairs, VhostNet, VhostNetDevice),
        new(
            "Devices of other programs",
            VhostUser,
            VhostUserFs,
            VhostUserBlk,
            VhostUserConsole,
            VhostUserNet,
            VhostUserSnd,
            VhostUserVsock,
            VhostUserConnectTimeout),
        new("Devices", Serial, Vsock, Cid, VhostVsockDevice, VhostVsockFd, NoBalloon, BalloonPageReporting, InitMem, NoRtc, NoPmu, NoRng, NoUsb, Pci, Irqchip, DisableVirtioIntx),
        new("Device tree", FdtPosition, DeviceTreeOverlay, DumpDeviceTreeBlob, CompatDate),
        new("Running", Name, Socket, Suspended, Trace, UnmapGuestMemoryOnFork, DisableSandbox),
    ];

    /// <summary>Gives <paramref name="command"/> all of these.</summary>
    public void AddTo(Command command)
    {
        command.Add(Kernel);
        foreach (var option in Groups.SelectMany(static group => group.Options))
        {
            command.Add(option);
        }
    }

    private static Option<string> Value(string name, string helpName, string description, params string[] aliases) =>
        new(name, aliases) { Arity = ArgumentArity.ExactlyOne, HelpName = helpName, Description = description };

    private static Option<string[]> Values(string name, string helpName, string description, params string[] aliases) =>
        new(name, aliases) { Arity = ArgumentArity.OneOrMore, HelpName = helpName, Description = description };

    private static Option<bool> Switch(string name, string description) =>
        new(name) { Arity = ArgumentArity.Zero, Description = description };
}
