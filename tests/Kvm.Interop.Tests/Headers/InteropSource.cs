using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;
using Virtio.Pci;

namespace Kvm.Interop.Tests.Headers;

/// <summary>Writes C that asserts what the interop declares: each constant's value, each structure's size, each field's offset and width.</summary>
/// <remarks>Everything is found by reflection, so a structure or constant cannot be left out; one that the headers do not know fails to compile.</remarks>
internal static partial class InteropSource
{
    /// <summary>Structures that the ARM64 headers cannot judge, with the test that does.</summary>
    private static readonly HashSet<Type> s_judgedElsewhere =
    [
        typeof(epoll_event_x86_64), // EpollTests run on x86-64 and get their tokens back through it
    ];

    /// <summary>Constants of the guest's interface that the kernel's headers know as well.</summary>
    private static readonly Type[] s_virtio = [typeof(PciRegisters), typeof(VirtioPciRegisters)];

    /// <summary>Defined where the headers must know every name.</summary>
    internal const string AllNames = "EVERY_NAME_IS_KNOWN";

    private static readonly string s_uapi = typeof(kvm_run).Namespace!;
    private static readonly string s_glibc = typeof(msghdr).Namespace!;

    /// <summary>Assertions about the kernel's own headers.</summary>
    internal static string ForKernel()
    {
        StringBuilder source = new();
        string[] headers =
        [
            "stddef.h", "linux/kvm.h", "linux/fcntl.h", "linux/memfd.h", "linux/stat.h", "linux/mman.h", "linux/eventpoll.h",
            "linux/timerfd.h", "linux/io_uring.h", "linux/fs.h", "linux/falloc.h", "linux/magic.h", "linux/mount.h", "linux/loop.h", "asm/unistd.h", "linux/time.h", "linux/resource.h",
            "asm/poll.h", "asm/termbits.h", "asm/ioctls.h", "asm/termios.h", "asm/errno.h",
            "linux/pci_regs.h", "linux/virtio_config.h", "linux/virtio_pci.h",
            "linux/if_tun.h", "linux/sockios.h", "linux/netlink.h", "linux/rtnetlink.h",
            "linux/vhost.h", // last: it brings the C library in, for which linux/stat.h leaves names out
        ];
        Include(source, headers);
        foreach (Type type in Types(s_uapi).Concat(KernelEnums()).Append(typeof(OneReg)).Append(typeof(Errno)).Concat(s_virtio))
        {
            Assert(source, type);
        }

        foreach ((string expression, ulong value) in Registers())
        {
            Equal(source, expression, value);
        }

        return source.ToString();
    }

    /// <summary>Assertions about the C library's headers.</summary>
    internal static string ForLibc()
    {
        StringBuilder source = new();
        source.AppendLine("#define _GNU_SOURCE");
        string[] headers =
        [
            "stddef.h", "signal.h", "sys/socket.h", "sys/ioctl.h", "linux/vm_sockets.h", "sys/un.h", "net/if.h", "sys/uio.h", "sys/statfs.h",
            "sys/eventfd.h", "sys/resource.h", "sys/prctl.h", "sys/mount.h", "spawn.h", "sys/wait.h",
        ];
        Include(source, headers);
        foreach (Type type in Types(s_glibc))
        {
            Assert(source, type);
        }

        return source.ToString();
    }

    /// <summary>Public enumerations that carry the header's spelling.</summary>
    internal static IEnumerable<Type> KernelEnums() =>
        typeof(KvmSystem).Assembly.GetExportedTypes().Where(t => t.IsEnum && t.GetEnumNames().Any(HeaderName().IsMatch));

    private static IEnumerable<Type> Types(string space) =>
        typeof(KvmSystem).Assembly.GetTypes().Where(t => t.Namespace == space && !t.IsNested && !t.IsDefined(typeof(CompilerGeneratedAttribute)));

    private static void Include(StringBuilder source, string[] headers)
    {
        foreach (string header in headers)
        {
            source.AppendLine(CultureInfo.InvariantCulture, $"#include <{header}>");
        }
    }

    private static void Assert(StringBuilder source, Type type)
    {
        foreach (FieldInfo constant in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Where(f => f.IsLiteral))
        {
            if (HeaderName().IsMatch(constant.Name))
            {
                Equal(source, constant.Name, ToUInt64(constant.GetRawConstantValue()!));
            }
        }

        if (type.IsValueType && !type.IsEnum && !s_judgedElsewhere.Contains(type))
        {
            string name = type.Name.EndsWith("_t", StringComparison.Ordinal) ? type.Name : $"struct {type.Name}";
            Equal(source, $"sizeof({name})", (ulong)SizeOf(type), name);
            AssertFields(source, name, "", type, 0);
        }
    }

    private static void AssertFields(StringBuilder source, string name, string path, Type type, ulong start)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (field.Name.StartsWith('_'))
            {
                continue; // no member of the header: it aligns a structure whose members are the library's own
            }

            string member = path + field.Name;
            ulong offset = start + (ulong)Marshal.OffsetOf(type, field.Name);
            if (field.FieldType.IsNested && !field.FieldType.IsDefined(typeof(CompilerGeneratedAttribute)))
            {
                AssertFields(source, name, member + ".", field.FieldType, offset);
                continue;
            }

            Equal(source, $"offsetof({name}, {member})", offset, $"{name}, {member}");
            Equal(source, $"sizeof((({name} *)0)->{member})", (ulong)SizeOf(field.FieldType), $"{name}, {member}");
        }
    }

    private static void Equal(StringBuilder source, string expression, ulong value, string? name = null)
    {
        string? witness = NewerThanInstalled.Witness(name ?? expression);
        if (witness is not null)
        {
            source.AppendLine(CultureInfo.InvariantCulture, $"#if defined({witness}) || defined({AllNames})");
        }

        source.AppendLine(
            CultureInfo.InvariantCulture, $"_Static_assert((unsigned long long)({expression}) == {value}ULL, \"{expression} is not {value}\");");
        if (witness is not null)
        {
            source.AppendLine("#endif");
        }
    }

    private static IEnumerable<(string Expression, ulong Value)> Registers()
    {
        static string Core(string size, string member) => $"KVM_REG_ARM64 | KVM_REG_SIZE_{size} | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG({member})";
        yield return (Core("U64", "regs.sp"), OneReg.Sp);
        yield return (Core("U64", "regs.pc"), OneReg.Pc);
        yield return (Core("U64", "regs.pstate"), OneReg.PState);
        yield return (Core("U64", "sp_el1"), OneReg.SpEl1);
        yield return (Core("U64", "elr_el1"), OneReg.ElrEl1);
        yield return (Core("U32", "fp_regs.fpsr"), OneReg.Fpsr);
        yield return (Core("U32", "fp_regs.fpcr"), OneReg.Fpcr);
        yield return ("ARM64_SYS_REG(3, 0, 0, 0, 5)", OneReg.MpidrEl1);
        yield return ("ARM64_SYS_REG(3, 0, 0, 0, 0)", OneReg.MidrEl1);
        yield return ("ARM64_SYS_REG(3, 7, 15, 14, 6)", OneReg.SystemRegister(3, 7, 15, 14, 6));
        foreach (int n in (int[])[0, 1, 17, 30])
        {
            yield return (Core("U64", $"regs.regs[{n}]"), OneReg.X(n));
            yield return (Core("U128", $"fp_regs.vregs[{n}]"), OneReg.V(n));
        }

        for (int n = 0; n < 5; n++)
        {
            yield return (Core("U64", $"spsr[{n}]"), OneReg.Spsr(n));
        }
    }

    private static ulong ToUInt64(object value) =>
        value is ulong unsigned ? unsigned : unchecked((ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture));

    private static int SizeOf(Type type) =>
        type.IsPointer
            ? IntPtr.Size
            : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    [GeneratedRegex("^_?[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^E[A-Z0-9]{3,}$|^(POLLIN|POLLOUT|NCCS|IGNBRK|BRKINT|PARMRK|ISTRIP|INLCR|IGNCR|ICRNL|IXON|OPOST|CSIZE|CS8|PARENB|WEXITED|WNOHANG|SIGKILL|ISIG|ICANON|ECHO|ECHONL|IEXTEN|VTIME|VMIN|TCGETS|TCSETS|TCSETSW|TIOC[A-Z]+|SIOC[A-Z]+|TUN[SG]ET[A-Z]+|EPOLL[A-Z]+|BLK[A-Z0-9]+|__NR_[a-z_]+)$")]
    private static partial Regex HeaderName();
}
