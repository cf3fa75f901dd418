using Kvm.Interop;
using Kvm.Interop.Exits;
using Kvm.Interop.Memory;

namespace HostProbe;

/// <summary>A guest writes a word to a page of its own and, after sharing it, to another: what does the host get through the bounce buffer?</summary>
internal static class PrivateMemoryChecks
{
    private const ulong Secret = 0x5ec2;
    private const ulong HostWord = 0x4057;
    private static readonly GuestAddress s_private = new(0x8010_0000);
    private static readonly GuestAddress s_shared = new(0x8020_0000);

    internal static void Run(CheckList checks, bool isProtected)
    {
        using ProbeVm probe = new(isProtected, GuestCode.Secret);
        using BounceBuffer bounce = new(probe.Memory);
        checks.Check("the guest writes to its page", () => StoreAt(probe, 0).ToString("x"));
        checks.Check("the host reads the page that is not shared", () =>
        {
            GuestCopyResult result = bounce.Read(s_private, out ulong word);
            CheckList.Equal(isProtected ? GuestCopyResult.Private : GuestCopyResult.Copied, result, "result");
            CheckList.Equal(isProtected ? 0 : Secret, word, "word");
            return $"{result}";
        });
        checks.Check("the host writes to the page that is not shared", () =>
        {
            GuestCopyResult result = bounce.Write(s_private + 8, HostWord);
            CheckList.Equal(isProtected ? GuestCopyResult.Private : GuestCopyResult.Copied, result, "result");
            return $"{result}";
        });
        checks.Check("a file's pread and pwrite refuse the page too", () =>
        {
            using Kvm.Interop.Files.MemFd file = Kvm.Interop.Files.MemFd.Create("file", 0x1000);
            using Kvm.Interop.Files.PosixFile path = Kvm.Interop.Files.PosixFile.Open(
                $"/proc/self/fd/{file.DangerousGetHandle()}", Kvm.Interop.Files.OpenFlags.O_RDWR);
            path.WriteAt([1, 2, 3, 4], 0);
            return $"pread {Outcome(() => path.ReadAt(probe.Memory.GetSpan(s_private + 16, 4), 0))}, "
                + $"pwrite {Outcome(() => path.WriteAt(probe.Memory.GetSpan(s_private, 4), 0))}";

            string Outcome(Action copy)
            {
                int errno = 0;
                try
                {
                    copy();
                }
                catch (LinuxException e)
                {
                    errno = e.Errno;
                }

                CheckList.Equal(isProtected ? Errno.EFAULT : 0, errno, "errno");
                return errno == 0 ? "copied" : Errno.Name(errno);
            }
        });
        checks.Check("the guest shares a page", () =>
        {
            ulong answer = StoreAt(probe, 8);
            // A normal guest has no such hypercall: NOT_SUPPORTED.
            CheckList.Equal(isProtected ? 0 : ulong.MaxValue, answer, "answer of MEM_SHARE");
            return $"0x{answer:x}";
        });
        checks.Check("the guest writes to the shared page", () => StoreAt(probe, 16).ToString("x"));
        checks.Check("the host reads and writes the shared page", () =>
        {
            CheckList.Equal(GuestCopyResult.Copied, bounce.Read(s_shared, out ulong word), "read");
            CheckList.Equal(Secret, word, "word");
            CheckList.Equal(GuestCopyResult.Copied, bounce.Write(s_shared, HostWord), "write");
            return $"0x{word:x}";
        });
        checks.Check("the guest finds its own page as it left it", () =>
        {
            CheckList.Equal(Secret, StoreAt(probe, 24), "word");
            return $"0x{Secret:x}";
        });
        checks.Check("the guest finds what the host wrote to the shared page", () =>
        {
            CheckList.Equal(HostWord, StoreAt(probe, 32), "word");
            return $"0x{HostWord:x}";
        });
    }

    /// <summary>Runs to the guest's next store, which must be at this offset, and gives the value.</summary>
    private static ulong StoreAt(ProbeVm probe, ulong offset)
    {
        while (probe.Vcpu.Run() != KvmRunResult.Exit)
        {
        }

        CheckList.Equal(KvmExitReason.KVM_EXIT_MMIO, probe.Vcpu.RunPage.ExitReason, "reason");
        MmioExit mmio = probe.Vcpu.RunPage.Mmio;
        CheckList.Equal(ProbeVm.MmioBase + offset, mmio.PhysicalAddress, "address");
        return BitConverter.ToUInt64(mmio.Data);
    }
}
