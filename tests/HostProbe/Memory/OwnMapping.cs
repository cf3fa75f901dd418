using System.Globalization;
using System.Runtime.InteropServices;
using HostProbe.Machines;
using Kvm.Interop.Memory;

namespace HostProbe.Memory;

/// <summary>Loads a word of a running guest through the VMM's own mapping. On a protected VM this ends the process.</summary>
internal static unsafe partial class OwnMapping
{
    internal static void Load(bool isProtected, string kernel, string address)
    {
        using GuestRun guest = new(kernel, isProtected);
        guest.StartUntil("ready");
        GuestAddress where = new(ulong.Parse(address, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Console.WriteLine("loading");
        ulong word;

        // In native code, where the runtime leaves a fault to the system, as for any other program.
        // SAFETY: eight bytes of guest memory, mapped until the machine is disposed.
        memcpy(&word, guest.Machine.Parts.Memory.GetPointer(where, sizeof(ulong)), sizeof(ulong));
        Console.WriteLine($"word {word:x16}");
    }

    [LibraryImport("libc")]
    private static partial void* memcpy(void* destination, void* source, nuint length);
}
