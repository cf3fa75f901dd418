using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>Parameters for the kernel (libavb, avb_kernel_cmdline_descriptor.h). Shared with the firmware.</summary>
public readonly ref struct KernelCmdlineDescriptor
{
    /// <summary>Bytes from the tag to the text.</summary>
    public const int FixedSize = 24;

    /// <summary>AVB_KERNEL_CMDLINE_FLAGS_USE_ONLY_IF_HASHTREE_NOT_DISABLED.</summary>
    public const uint OnlyWithHashtree = 1;

    /// <summary>AVB_KERNEL_CMDLINE_FLAGS_USE_ONLY_IF_HASHTREE_DISABLED.</summary>
    public const uint OnlyWithoutHashtree = 2;

    /// <summary><see cref="OnlyWithHashtree"/>, <see cref="OnlyWithoutHashtree"/> or neither.</summary>
    public uint Flags { get; private init; }

    /// <summary>The parameters, with <c>$(…)</c> not yet replaced.</summary>
    public ReadOnlySpan<byte> Text { get; private init; }

    /// <summary>Reads a descriptor; false when it is of another kind or not well formed.</summary>
    public static bool TryRead(scoped in AvbDescriptor descriptor, out KernelCmdlineDescriptor cmdline)
    {
        cmdline = default;
        ReadOnlySpan<byte> bytes = descriptor.Bytes;
        if (descriptor.Tag != AvbDescriptorTag.KernelCmdline || bytes.Length < FixedSize)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[FixedSize..];
        if (!AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]), out ReadOnlySpan<byte> text))
        {
            return false;
        }

        cmdline = new KernelCmdlineDescriptor { Flags = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]), Text = text };
        return true;
    }
}
