using Integration.Dice;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>The project's guest kernel, signed with the initramfs by <c>vmm image</c> as a user does it, with an instance image on its first disk.</summary>
internal static class VerifiedGuest
{
    /// <summary>Lines for the host's shell that sign <c>$W/initrd</c> and the kernel, and make the disk where there is none yet.</summary>
    /// <param name="isDebuggable">Sign the initramfs as one for debugging.</param>
    public static string Sign(bool isDebuggable) => $"""
        cp guest/protected $W/kernel && cp $W/initrd $W/ramdisk &&
        ./vmm image add-hash-footer --image $W/ramdisk --partition_name {(isDebuggable ? "initrd_debug" : "initrd_normal")} --dynamic_partition_size --salt 00 \
            --output_vbmeta_image $W/ramdisk.vbmeta --do_not_append_vbmeta_image &&
        ./vmm image add-hash-footer --image $W/kernel --partition_name boot --dynamic_partition_size --key $W/guest.pem --algorithm SHA256_RSA4096 --salt 00 \
            --include_descriptors_from_image $W/ramdisk.vbmeta --rollback_index 1 &&
        (test -e $W/instance.img || ./vmm image create-instance $W/instance.img) &&
        ./vmm create_composite $W/instance.disk vm-instance:$W/instance.img:writable || exit 90
        """;

    /// <summary>Puts the firmware, the device's secret and the key into the folder.</summary>
    public static Task PutFiles(Workspace work) => BootTable.Put(
        work, [("pvmfw.img", TestFirmware.Image), ("device-secret", TestIdentity.DeviceSecret), ("guest.pem", TestKeys.File("guest.pem"))]);

    /// <summary>The guest.</summary>
    /// <param name="option"><c>--unprotected-vm-with-firmware</c> or <c>--protected-vm-with-firmware</c>.</param>
    /// <param name="command">Lines for its shell.</param>
    /// <param name="isDebuggable">Whether it may be debugged.</param>
    /// <param name="options">Further options.</param>
    /// <param name="before">What the host does before it starts.</param>
    public static LinuxGuest Make(string option, string command, bool isDebuggable, string options = "", string before = "") => new(command)
    {
        Kernel = "$W/kernel",
        Tools = true,
        OpenDice = true,
        MemoryMib = 256,
        LogLevel = "error",
        Before = $"{Sign(isDebuggable)}\n{before}\n",
        Options = $"{option} $W/pvmfw.img --device-secret $W/device-secret --block $W/instance.disk,type=composite {options}",
    };

    /// <summary>What of it was measured, from the files that were signed.</summary>
    public static async Task<(MeasuredFiles Files, byte[] InstanceImage)> Measure(Workspace work, bool isDebuggable)
    {
        CommandResult digests = (await work.Run(
            "for f in guest/protected $W/initrd; do { printf '\\0'; cat $f; } | sha256sum | cut -d' ' -f1; done; head -c 2048 $W/instance.img | base64 | tr -d '\\n'")).ShouldExitWith(0);
        string[] lines = digests.Output.Split('\n');
        var files = new MeasuredFiles
        {
            KernelDigest = Convert.FromHexString(lines[0]),
            RamdiskDigest = Convert.FromHexString(lines[1]),
            IsDebuggable = isDebuggable,
        };
        return (files, Convert.FromBase64String(lines[2]));
    }
}
