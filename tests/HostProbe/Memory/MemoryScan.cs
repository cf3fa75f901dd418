using System.Globalization;
using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace HostProbe.Memory;

/// <summary>Reads all guest memory of another process as a host's administrator could, and counts what it finds.</summary>
internal static partial class MemoryScan
{
    private const int PageSize = 4096;

    /// <summary>Prints <c>pages N read N word N nonzero N</c>: pages of guest memory, those that could be read, those with the word, those not all zero.</summary>
    internal static void Run(string process, string word, string way)
    {
        int pid = int.Parse(process, CultureInfo.InvariantCulture);
        ulong wanted = ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        using PosixFile memory = PosixFile.Open($"/proc/{pid}/mem", OpenFlags.O_RDONLY);
        byte[] page = GC.AllocateArray<byte>(PageSize, pinned: true);
        int pages = 0;
        int read = 0;
        int withWord = 0;
        int nonzero = 0;
        foreach ((ulong start, ulong length) in GuestMappings.Of(pid))
        {
            for (ulong address = start; address < start + length; address += PageSize)
            {
                pages++;
                if (way == "mem" ? !ReadFile(memory, address, page) : !ReadProcess(pid, address, page))
                {
                    continue;
                }

                read++;
                nonzero += page.AsSpan().ContainsAnyExcept((byte)0) ? 1 : 0;
                withWord += MemoryMarshal.Cast<byte, ulong>(page).Contains(wanted) ? 1 : 0;
            }
        }

        Console.WriteLine($"pages {pages} read {read} word {withWord} nonzero {nonzero}");
    }

    private static bool ReadFile(PosixFile memory, ulong address, byte[] page)
    {
        try
        {
            return memory.ReadAt(page, (long)address) == page.Length;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    private static unsafe bool ReadProcess(int pid, ulong address, byte[] page)
    {
        // SAFETY: the local buffer is pinned and as long as said; the remote address is the kernel's to check.
        IoVector local = new() { Base = (nint)Marshal.UnsafeAddrOfPinnedArrayElement(page, 0), Length = PageSize };
        IoVector remote = new() { Base = (nint)address, Length = PageSize };
        return process_vm_readv(pid, &local, 1, &remote, 1, 0) == PageSize;
    }

    [LibraryImport("libc")]
    private static unsafe partial nint process_vm_readv(int pid, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);

    // struct iovec
    private struct IoVector
    {
        public nint Base;
        public nuint Length;
    }
}
