using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <content>Registers, by the numbers of <see cref="OneReg"/>.</content>
public sealed unsafe partial class KvmVcpu
{
    /// <summary>Reads a register of up to 64 bits.</summary>
    /// <exception cref="ArgumentException">The register is wider.</exception>
    /// <exception cref="LinuxException">ENOENT for a register that the vCPU does not have.</exception>
    public ulong GetOneReg(ulong register)
    {
        ulong value = 0;
        GetOneReg(register, new Span<byte>(&value, CheckWidth(register, sizeof(ulong))));
        return value;
    }

    /// <summary>Writes a register of up to 64 bits.</summary>
    /// <exception cref="ArgumentException">The register is wider, or the value does not fit it.</exception>
    /// <exception cref="LinuxException">ENOENT for a register that the vCPU does not have, EINVAL for a value that it cannot hold.</exception>
    public void SetOneReg(ulong register, ulong value)
    {
        int width = CheckWidth(register, sizeof(ulong));
        if (width < sizeof(ulong) && value >> (8 * width) != 0)
        {
            throw new ArgumentException($"0x{value:x} does not fit the {width} bytes of register 0x{register:x}", nameof(value));
        }

        SetOneReg(register, new ReadOnlySpan<byte>(&value, width));
    }

    /// <summary>Reads a register of up to 64 bits that the vCPU may lack.</summary>
    /// <returns>False when it lacks it.</returns>
    /// <exception cref="LinuxException">The kernel refused for another reason.</exception>
    public bool TryGetOneReg(ulong register, out ulong value)
    {
        CheckWidth(register, sizeof(ulong));
        ulong read = 0;
        kvm_one_reg argument = new() { id = register, addr = (ulong)&read };
        // SAFETY: the register is no wider than the local.
        int result = Libc.Ioctl(Descriptor, KvmIoctl.KVM_GET_ONE_REG, ref argument);
        if (result < 0 && Marshal.GetLastPInvokeError() != Errno.ENOENT)
        {
            LinuxException.ThrowLast($"KVM_GET_ONE_REG(0x{register:x})", Descriptor.Name);
        }

        value = read;
        return result == 0;
    }

    /// <summary>Reads a register of 128 bits.</summary>
    /// <exception cref="ArgumentException">The register has another width.</exception>
    /// <exception cref="LinuxException">ENOENT for a register that the vCPU does not have.</exception>
    public UInt128 GetOneReg128(ulong register)
    {
        UInt128 value = 0;
        GetOneReg(register, new Span<byte>(&value, sizeof(UInt128)));
        return value;
    }

    /// <summary>Writes a register of 128 bits.</summary>
    /// <exception cref="ArgumentException">The register has another width.</exception>
    /// <exception cref="LinuxException">ENOENT for a register that the vCPU does not have.</exception>
    public void SetOneReg128(ulong register, UInt128 value) => SetOneReg(register, new ReadOnlySpan<byte>(&value, sizeof(UInt128)));

    /// <summary>Reads a register of any width, little-endian.</summary>
    /// <exception cref="ArgumentException">The span has not the register's width.</exception>
    /// <exception cref="LinuxException">ENOENT for a register that the vCPU does not have.</exception>
    public void GetOneReg(ulong register, Span<byte> value)
    {
        CheckExactWidth(register, value.Length);
        // SAFETY: the kernel writes the register's width, which is the span's; the span is pinned for the call.
        fixed (byte* pointer = value)
        {
            kvm_one_reg argument = new() { id = register, addr = (ulong)pointer };
            if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_GET_ONE_REG, ref argument) < 0)
            {
                LinuxException.ThrowLast($"KVM_GET_ONE_REG(0x{register:x})", Descriptor.Name);
            }
        }
    }

    /// <summary>Writes a register of any width, little-endian.</summary>
    /// <exception cref="ArgumentException">The span has not the register's width.</exception>
    /// <exception cref="LinuxException">ENOENT for a register that the vCPU does not have, EINVAL for a value that it cannot hold.</exception>
    public void SetOneReg(ulong register, ReadOnlySpan<byte> value)
    {
        CheckExactWidth(register, value.Length);
        // SAFETY: the kernel reads the register's width, which is the span's; the span is pinned for the call.
        fixed (byte* pointer = value)
        {
            kvm_one_reg argument = new() { id = register, addr = (ulong)pointer };
            if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_SET_ONE_REG, ref argument) < 0)
            {
                LinuxException.ThrowLast($"KVM_SET_ONE_REG(0x{register:x})", Descriptor.Name);
            }
        }
    }

    /// <summary>The numbers of all registers that the vCPU has.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ulong[] GetRegList()
    {
        // struct kvm_reg_list is a count and then the numbers; with too small a count the kernel says E2BIG and how many there are.
        ulong count = 0;
        if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_GET_REG_LIST, ref count) < 0 && Marshal.GetLastPInvokeError() != Errno.E2BIG)
        {
            LinuxException.ThrowLast("KVM_GET_REG_LIST", Descriptor.Name);
        }

        ulong[] list = new ulong[checked((int)count + 1)];
        list[0] = count;
        Libc.Check(Libc.Ioctl(Descriptor, KvmIoctl.KVM_GET_REG_LIST, ref list[0]), "KVM_GET_REG_LIST", Descriptor);
        return list[1..];
    }

    private static int CheckWidth(ulong register, int limit)
    {
        int width = OneReg.SizeOf(register);
        return width <= limit
            ? width
            : throw new ArgumentException($"register 0x{register:x} has {width} bytes, {limit} can be passed here", nameof(register));
    }

    private static void CheckExactWidth(ulong register, int length)
    {
        int width = OneReg.SizeOf(register);
        if (width != length)
        {
            throw new ArgumentException($"register 0x{register:x} has {width} bytes, the value {length}", nameof(register));
        }
    }
}
