using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Sockets;

/// <summary>The control message that carries descriptors (cmsg(3)): a header, then their numbers, padded to whole words.</summary>
internal static unsafe class ControlMessage
{
    /// <summary>CMSG_SPACE of the most descriptors: a header of 16 bytes and 4 bytes for each.</summary>
    internal const int Capacity = 16 + (sizeof(int) * SeqPacketSocket.MaxDescriptors);

    /// <summary>The same for as many as the kernel passes with one message (SCM_MAX_FD of net/scm.h).</summary>
    internal const int LargestCapacity = 16 + (sizeof(int) * LargestCount) + 4;

    /// <summary>SCM_MAX_FD.</summary>
    internal const int LargestCount = 253;

    /// <summary>Sends a message with descriptors; no SIGPIPE is raised.</summary>
    /// <param name="socket">By which.</param>
    /// <param name="message">Its data; what goes beside it is filled in here.</param>
    /// <param name="descriptors">At most <see cref="LargestCount"/>; held open meanwhile.</param>
    /// <param name="flags">Further flags of sendmsg(2).</param>
    /// <returns>As sendmsg(2), whose error number stays: releasing a reference makes no call while the owner holds its own.</returns>
    internal static nint Send(FileDescriptor socket, msghdr* message, ReadOnlySpan<FileDescriptor> descriptors, int flags = 0)
    {
        flags |= LibcConstants.MSG_NOSIGNAL;
        if (descriptors.IsEmpty)
        {
            return Libc.SendMessage(socket, message, flags);
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, LargestCount);
        byte* control = stackalloc byte[LargestCapacity];
        Span<int> numbers = stackalloc int[descriptors.Length];
        int held = 0;
        try
        {
            for (; held < descriptors.Length; held++)
            {
                bool added = false;
                descriptors[held].DangerousAddRef(ref added);
                numbers[held] = descriptors[held].Number;
            }

            message->msg_control = control;
            message->msg_controllen = Write(control, numbers);
            return Libc.SendMessage(socket, message, flags);
        }
        finally
        {
            foreach (FileDescriptor descriptor in descriptors[..held])
            {
                descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>Writes one message.</summary>
    /// <param name="control">Room for the header and the numbers, aligned to 8: <see cref="Capacity"/> or <see cref="LargestCapacity"/>.</param>
    /// <param name="numbers">At most as many as there is room for.</param>
    /// <returns>What msg_controllen is then.</returns>
    internal static nuint Write(byte* control, ReadOnlySpan<int> numbers)
    {
        // SAFETY: header and numbers fit the room that the caller provides.
        cmsghdr* header = (cmsghdr*)control;
        int payload = sizeof(int) * numbers.Length;
        *header = new cmsghdr
        {
            cmsg_len = (nuint)(sizeof(cmsghdr) + payload),
            cmsg_level = LibcConstants.SOL_SOCKET,
            cmsg_type = LibcConstants.SCM_RIGHTS,
        };
        numbers.CopyTo(new Span<int>(control + sizeof(cmsghdr), numbers.Length));
        return (nuint)Align(sizeof(cmsghdr) + payload);
    }

    /// <summary>Takes over every descriptor that the kernel put into the control messages.</summary>
    internal static FileDescriptor[] Read(byte* control, nuint length, string sender)
    {
        List<FileDescriptor> received = [];
        int offset = 0;
        while (offset + sizeof(cmsghdr) <= (int)length)
        {
            // SAFETY: the header lies inside the length that the kernel gave, and the payload is cut to it.
            cmsghdr* header = (cmsghdr*)(control + offset);
            int end = (int)Math.Min((ulong)offset + header->cmsg_len, length);
            if (end < offset + sizeof(cmsghdr))
            {
                break;
            }

            if (header->cmsg_level == LibcConstants.SOL_SOCKET && header->cmsg_type == LibcConstants.SCM_RIGHTS)
            {
                ReadOnlySpan<int> numbers = new(control + offset + sizeof(cmsghdr), (end - offset - sizeof(cmsghdr)) / sizeof(int));
                foreach (int number in numbers)
                {
                    received.Add(new FileDescriptor(number, $"descriptor from {sender}"));
                }
            }

            offset += Align((int)header->cmsg_len);
        }

        return [.. received];
    }

    private static int Align(int length) => (length + sizeof(long) - 1) & -sizeof(long);
}
