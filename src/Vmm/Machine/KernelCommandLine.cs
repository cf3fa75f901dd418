using Vmm.Configuration;
using Vmm.Machine.Virtio;

namespace Vmm.Machine;

/// <summary>The guest kernel's command line.</summary>
public static class KernelCommandLine
{
    /// <summary>The longest command line in bytes: arm64's COMMAND_LINE_SIZE without its terminator.</summary>
    public const int MaxLength = 2047;

    /// <summary>The base parameters, the console that the serial options choose, the root file system, then the user's own, which so have the last word.</summary>
    /// <exception cref="LayoutException">It is longer than the kernel takes, or holds a byte that ends it.</exception>
    public static string Build(VmConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        List<string> words = ["panic=-1"];
        foreach (SerialConfig serial in config.Serial.Where(s => s.Hardware == SerialHardware.Serial))
        {
            int index = serial.Number - 1;
            if (serial.Console)
            {
                words.Add($"console=ttyS{index}");
            }

            if (serial.EarlyConsole)
            {
                words.Add($"earlycon=uart8250,mmio,0x{Arm64Layout.SerialAddresses[index]:x}");
            }
        }

        int hvc = 0;
        foreach (SerialConfig serial in SerialConfig.VirtioConsoles(config.Serial))
        {
            if (serial.Console)
            {
                words.Add($"console=hvc{hvc}");
            }

            hvc++;
        }

        for (int i = 0; i < config.Disks.Count; i++)
        {
            if (config.Disks[i].Root)
            {
                words.Add($"root=/dev/{BlockDevices.GuestName(i)} {(config.Disks[i].ReadOnly ? "ro" : "rw")}");
                break;
            }
        }

        words.AddRange(config.Params);
        string line = string.Join(' ', words);
        int length = System.Text.Encoding.UTF8.GetByteCount(line);
        if (length > MaxLength)
        {
            throw new LayoutException($"--params: the kernel's command line has {length} bytes, the kernel takes at most {MaxLength}");
        }

        return line.Contains('\0', StringComparison.Ordinal)
            ? throw new LayoutException("--params: the kernel's command line holds a NUL character")
            : line;
    }
}
