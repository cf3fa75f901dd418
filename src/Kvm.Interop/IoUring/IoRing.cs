using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.IoUring;

/// <summary>Requests to the kernel and their completions through two shared rings (io_uring(7)), for one thread.</summary>
/// <remarks>
/// <para>
/// A request is filled in without a system call; <see cref="Enter"/> submits all of them and waits. Vectors are read when a request is submitted,
/// buffers are used until it has completed, and files must stay open that long.
/// </para>
/// <para>
/// Order between the two sides: the tail of the submission ring is stored with release order behind the entries, its head loaded with acquire order
/// before an entry is reused; the tail of the completion ring is loaded with acquire order before the entries, its head stored with release order
/// behind their copies (liburing does the same; the kernel has the other half).
/// </para>
/// </remarks>
public sealed unsafe class IoRing : IDisposable
{
    private const uint Needed = IoUringConstants.IORING_FEAT_SINGLE_MMAP | IoUringConstants.IORING_FEAT_NODROP |
        IoUringConstants.IORING_FEAT_SUBMIT_STABLE | IoUringConstants.IORING_FEAT_RSRC_TAGS;

    // The best first: completions are worked out only while the thread waits (Linux 6.1), without interrupting it (5.19), as ever.
    private static readonly uint[] s_modes =
    [
        IoUringConstants.IORING_SETUP_SUBMIT_ALL | IoUringConstants.IORING_SETUP_SINGLE_ISSUER | IoUringConstants.IORING_SETUP_DEFER_TASKRUN,
        IoUringConstants.IORING_SETUP_SUBMIT_ALL | IoUringConstants.IORING_SETUP_COOP_TASKRUN,
        0,
    ];

    private readonly FileDescriptor _file;
    private readonly MemoryMapping _rings;
    private readonly MemoryMapping _entries;
    private readonly io_uring_sqe* _sqes;
    private readonly uint* _submitHead;
    private readonly uint* _submitTail;
    private readonly uint _submitMask;
    private readonly uint* _completeHead;
    private readonly uint* _completeTail;
    private readonly uint _completeMask;
    private readonly io_uring_cqe* _cqes;
    private uint _tail;
    private uint _submitted;

    private IoRing(FileDescriptor file, in io_uring_params parameters)
    {
        _file = file;
        ulong submitSize = parameters.sq_off.array + ((ulong)parameters.sq_entries * sizeof(uint));
        ulong completeSize = parameters.cq_off.cqes + ((ulong)parameters.cq_entries * (ulong)sizeof(io_uring_cqe));
        _rings = MemoryMapping.MapDevice(file, Pages(Math.Max(submitSize, completeSize)), IoUringConstants.IORING_OFF_SQ_RING);
        try
        {
            _entries = MemoryMapping.MapDevice(file, Pages((ulong)parameters.sq_entries * (ulong)sizeof(io_uring_sqe)), IoUringConstants.IORING_OFF_SQES);
        }
        catch
        {
            _rings.Dispose();
            throw;
        }

        // SAFETY: the offsets and sizes are the kernel's own for the area just mapped.
        byte* rings = _rings.Pointer;
        _sqes = (io_uring_sqe*)_entries.Pointer;
        _submitHead = (uint*)(rings + parameters.sq_off.head);
        _submitTail = (uint*)(rings + parameters.sq_off.tail);
        _submitMask = parameters.sq_entries - 1;
        _completeHead = (uint*)(rings + parameters.cq_off.head);
        _completeTail = (uint*)(rings + parameters.cq_off.tail);
        _completeMask = parameters.cq_entries - 1;
        _cqes = (io_uring_cqe*)(rings + parameters.cq_off.cqes);
        uint* array = (uint*)(rings + parameters.sq_off.array);
        for (uint i = 0; i < parameters.sq_entries; i++)
        {
            array[i] = i;
        }
    }

    /// <summary>Makes a ring. It takes requests after <see cref="Enable"/>.</summary>
    /// <param name="entries">Requests that fit between two submissions; a power of two.</param>
    /// <param name="completions">Completions that fit; more are kept by the kernel until there is room.</param>
    /// <param name="errno">Why there is none: ENOSYS (no such call), EPERM (kernel.io_uring_disabled, seccomp), EOPNOTSUPP (older than Linux 5.13), ENOMEM.</param>
    /// <returns>Null where the kernel has none for this process.</returns>
    public static IoRing? TryCreate(uint entries, uint completions, out int errno)
    {
        io_uring_params parameters = default;
        int number = -1;
        errno = 0;
        foreach (uint mode in s_modes)
        {
            parameters = default;
            parameters.flags = mode | IoUringConstants.IORING_SETUP_CLAMP | IoUringConstants.IORING_SETUP_CQSIZE | IoUringConstants.IORING_SETUP_R_DISABLED;
            parameters.cq_entries = completions;
            // SAFETY: a local structure of the size the kernel knows (header test).
            number = Libc.IoUringSetup(entries, &parameters);
            errno = number < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (errno != Errno.EINVAL)
            {
                break;
            }
        }

        if (errno != 0)
        {
            return null;
        }

        FileDescriptor file = new(number, "io_uring");
        try
        {
            if ((parameters.features & Needed) == Needed)
            {
                return new IoRing(file, parameters);
            }

            errno = Errno.EOPNOTSUPP;
        }
        catch (LinuxException e)
        {
            errno = e.Errno;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Starts the ring: the calling thread is the one that uses it from here on.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void Enable() => Libc.Check(Libc.IoUringRegister(_file.Number, IoUringConstants.IORING_REGISTER_ENABLE_RINGS), "io_uring_register", _file);

    /// <summary>Requests filled in and not yet submitted.</summary>
    public uint Unsubmitted => _tail - _submitted;

    /// <summary>Queues a readv(2) at an offset.</summary>
    /// <returns>False when the ring is full: <see cref="Enter"/> makes room.</returns>
    public bool TryRead(FileDescriptor file, IoVector* vectors, int count, ulong offset, ulong token) =>
        TryQueue(IoUringConstants.IORING_OP_READV, file, vectors, (uint)count, offset, 0, token);

    /// <summary>Queues a writev(2) at an offset.</summary>
    /// <returns>False when the ring is full: <see cref="Enter"/> makes room.</returns>
    public bool TryWrite(FileDescriptor file, IoVector* vectors, int count, ulong offset, ulong token) =>
        TryQueue(IoUringConstants.IORING_OP_WRITEV, file, vectors, (uint)count, offset, 0, token);

    /// <summary>Queues a pread(2).</summary>
    /// <returns>False when the ring is full: <see cref="Enter"/> makes room.</returns>
    public bool TryRead(FileDescriptor file, IoVector buffer, ulong offset, ulong token) =>
        TryQueue(IoUringConstants.IORING_OP_READ, file, buffer.Start, Clamped(buffer), offset, 0, token);

    /// <summary>Queues a pwrite(2).</summary>
    /// <returns>False when the ring is full: <see cref="Enter"/> makes room.</returns>
    public bool TryWrite(FileDescriptor file, IoVector buffer, ulong offset, ulong token) =>
        TryQueue(IoUringConstants.IORING_OP_WRITE, file, buffer.Start, Clamped(buffer), offset, 0, token);

    /// <summary>Queues an fdatasync(2). It is not ordered behind writes that have not completed.</summary>
    /// <returns>False when the ring is full: <see cref="Enter"/> makes room.</returns>
    public bool TryFlush(FileDescriptor file, ulong token) =>
        TryQueue(IoUringConstants.IORING_OP_FSYNC, file, null, 0, 0, IoUringConstants.IORING_FSYNC_DATASYNC, token);

    /// <summary>Queues a watch: a completion each time the descriptor becomes readable anew, until one comes without <see cref="IoCompletion.HasMore"/>.</summary>
    /// <returns>False when the ring is full: <see cref="Enter"/> makes room.</returns>
    public bool TryWatch(FileDescriptor file, ulong token) =>
        TryQueue(IoUringConstants.IORING_OP_POLL_ADD, file, null, IoUringConstants.IORING_POLL_ADD_MULTI, 0, (uint)EventConstants.POLLIN, token);

    /// <summary>Queues the end of a watch, whose last completion follows.</summary>
    /// <remarks>A cancellation, not IORING_OP_POLL_REMOVE, which fails while a signal is on its way.</remarks>
    /// <param name="watch">The watch's token.</param>
    /// <param name="token">For the completion of the request itself.</param>
    /// <returns>False when the ring is full: <see cref="Enter"/> makes room.</returns>
    public bool TryUnwatch(ulong watch, ulong token) => TryQueue(IoUringConstants.IORING_OP_ASYNC_CANCEL, null, (void*)watch, 0, 0, 0, token);

    /// <summary>Submits what is queued and waits.</summary>
    /// <param name="wait">For one completion at least, unless a signal comes first; otherwise only looks.</param>
    /// <returns>False when the kernel takes no more before completions are taken, or has no memory for it now; not all is submitted.</returns>
    /// <exception cref="LinuxException">The kernel refused the call itself.</exception>
    public bool Enter(bool wait)
    {
        Volatile.Write(ref *_submitTail, _tail);
        do
        {
            int result = Libc.IoUringEnter(_file.Number, Unsubmitted, wait ? 1u : 0, IoUringConstants.IORING_ENTER_GETEVENTS);
            if (result < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno is Errno.EINTR)
                {
                    return true;
                }

                return errno is Errno.EAGAIN or Errno.EBUSY or Errno.ENOMEM ? false : throw new LinuxException("io_uring_enter", "io_uring", errno);
            }

            _submitted += (uint)result;
            wait = false;
        }
        while (Unsubmitted > 0);

        return true;
    }

    /// <summary>Takes a completion that is there.</summary>
    public bool TryTake(out IoCompletion completion)
    {
        uint head = *_completeHead; // only this thread writes it
        if (head == Volatile.Read(ref *_completeTail))
        {
            completion = default;
            return false;
        }

        // SAFETY: the masked index lies in the ring, and the kernel does not write an entry before the head has passed it.
        io_uring_cqe* entry = _cqes + (head & _completeMask);
        completion = new IoCompletion(entry->user_data, entry->res, (entry->flags & IoUringConstants.IORING_CQE_F_MORE) != 0);
        Volatile.Write(ref *_completeHead, head + 1);
        return true;
    }

    /// <summary>Gives the ring back; requests in flight are cancelled or waited for by the kernel.</summary>
    public void Dispose()
    {
        _entries.Dispose();
        _rings.Dispose();
        _file.Dispose();
    }

    private static uint Clamped(IoVector buffer) => (uint)Math.Min(buffer.Length, int.MaxValue);

    private static ulong Pages(ulong bytes) => (bytes + Libc.PageSize - 1) / Libc.PageSize * Libc.PageSize;

    private bool TryQueue(byte operation, FileDescriptor? file, void* address, uint length, ulong offset, uint flags, ulong token)
    {
        if (_tail - Volatile.Read(ref *_submitHead) > _submitMask)
        {
            return false;
        }

        // SAFETY: the masked index lies in the array of entries, and the kernel has read the one that stood here before.
        io_uring_sqe* entry = _sqes + (_tail & _submitMask);
        *entry = default;
        entry->opcode = operation;
        entry->fd = file?.Number ?? -1;
        entry->off = offset;
        entry->addr = (ulong)address;
        entry->len = length;
        entry->fsync_flags = flags;
        entry->user_data = token;
        _tail++;
        return true;
    }
}
