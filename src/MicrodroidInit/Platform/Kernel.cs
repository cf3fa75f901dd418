using System.Runtime.CompilerServices;

namespace MicrodroidInit.Platform;

/// <summary>The kernel's system calls with C#'s arguments.</summary>
internal static unsafe class Kernel
{
    /// <summary>Bytes of a path with its NUL.</summary>
    public const int PathRoom = LinuxAbi.MaxPath + 1;

    /// <summary>Calls the kernel.</summary>
    /// <returns>The result, or a negative errno.</returns>
    public static nint Call(SystemCallNumber number, nint first = 0, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0, nint sixth = 0) =>
        SystemCall.Invoke((nint)number, first, second, third, fourth, fifth, sixth);

    /// <summary>The address of a span's bytes.</summary>
    // SAFETY: nothing moves in this program; the kernel reads and writes no more than the length given with it.
    public static nint Address(ReadOnlySpan<byte> bytes) => (nint)Unsafe.AsPointer(in bytes.GetPinnableReference());

    /// <summary>Puts a NUL behind a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="room">Takes it: <see cref="PathRoom"/> bytes.</param>
    /// <returns>False when it is too long or has a NUL.</returns>
    public static bool Terminate(ReadOnlySpan<byte> text, Span<byte> room)
    {
        if (text.Length >= room.Length || text.Contains((byte)0))
        {
            return false;
        }

        text.CopyTo(room);
        room[text.Length] = 0;
        return true;
    }
}
