namespace Bench;

/// <summary>Where everything is that scripts/bench packs.</summary>
/// <param name="Root">Its directory.</param>
internal sealed record BenchFiles(string Root)
{
    /// <summary>The VMM.</summary>
    internal string Vmm => Path.Combine(Root, "vmm");

    /// <summary>This program.</summary>
    internal string Bench => Path.Combine(Root, "bench");

    /// <summary>exits.c, compiled.</summary>
    internal string ExitsInC => Path.Combine(Root, "exits");

    /// <summary>The guest that measures its own exits.</summary>
    internal string ExitsGuest => Path.Combine(Root, "exits.img");

    /// <summary>The initial RAM disk whose init says that it runs, and idles.</summary>
    internal string Initrd => Path.Combine(Root, "initrd");

    /// <summary>The initial RAM disk whose init measures the guest's disks with fio.</summary>
    internal string BlockInitrd => Path.Combine(Root, "block-initrd");

    /// <summary>The initial RAM disk of the guest that measures its network.</summary>
    internal string NetInitrd => Path.Combine(Root, "net-initrd");

    /// <summary>The one whose init measures sockets (tests/Bench/vsock).</summary>
    internal string VsockInitrd => Path.Combine(Root, "vsock-initrd");

    /// <summary>The one whose init loads the drivers of all devices (tests/Bench/devices).</summary>
    internal string DevicesInitrd => Path.Combine(Root, "devices-initrd");

    /// <summary>tests/Peer, compiled.</summary>
    internal string Peer => Path.Combine(Root, "peer");

    /// <summary>The root of a file system that has QEMU.</summary>
    internal string QemuRoot => Path.Combine(Root, "qemu");

    /// <summary>Debian's vhost-device-vsock, which serves a guest's sockets by vhost-user and Unix sockets.</summary>
    internal string VsockBackEnd => Path.Combine(QemuRoot, "usr/bin/vhost-device-vsock");

    /// <summary>The firmware's program, not signed.</summary>
    internal string Firmware => Path.Combine(Root, "pvmfw.bin");

    /// <summary>The key that the firmware verifies guests with.</summary>
    internal string GuestKey => Path.Combine(Root, "guest.pem");

    /// <summary>The guest that says a word and powers off.</summary>
    internal string ShortGuest => Path.Combine(Root, "poweroff.img");

    /// <summary>What is installed for the Microdroid-style guest.</summary>
    internal string Home => Path.Combine(Root, "home");

    /// <summary>The command of its users.</summary>
    internal string Vm => Path.Combine(Home, "vm");

    /// <summary>Its kernel.</summary>
    internal string MicrodroidKernel => Path.Combine(Home, "etc/fs/microdroid_kernel");

    /// <summary>Its initial RAM disk that may be debugged.</summary>
    internal string MicrodroidInitrd => Path.Combine(Home, "etc/fs/microdroid_initrd_debuggable.img");

    /// <summary>tests/VmClient.</summary>
    internal string VmClient => Path.Combine(Root, "VmClient");

    /// <summary>A payload for it.</summary>
    internal string Payload(string apk) => Path.Combine(Root, "payloads", apk);

    /// <summary>A guest kernel.</summary>
    internal string Kernel(string name) => Path.Combine(Root, "kernels", name);
}
