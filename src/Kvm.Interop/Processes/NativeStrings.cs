using System.Runtime.InteropServices;

namespace Kvm.Interop.Processes;

/// <summary>A NULL-terminated list of C strings, as execve(2) takes it.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly nint[] _strings;

    /// <summary>Copies the strings.</summary>
    /// <exception cref="ArgumentException">One has a NUL in it, where the program would see its end.</exception>
    internal NativeStrings(IReadOnlyList<string> strings)
    {
        if (strings.FirstOrDefault(static text => text.Contains('\0', StringComparison.Ordinal)) is { } bad)
        {
            throw new ArgumentException($"'{bad.Replace('\0', '?')}' has a NUL in it and cannot be an argument or variable of a program", nameof(strings));
        }

        // The last element stays 0: it ends the list.
        _strings = GC.AllocateArray<nint>(strings.Count + 1, pinned: true);
        for (int i = 0; i < strings.Count; i++)
        {
            _strings[i] = Marshal.StringToCoTaskMemUTF8(strings[i]);
        }
    }

    // SAFETY: the array is on the pinned heap and lives as long as this object.
    internal byte** Pointer => (byte**)Marshal.UnsafeAddrOfPinnedArrayElement(_strings, 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (nint text in _strings)
        {
            Marshal.FreeCoTaskMem(text);
        }

        Array.Clear(_strings);
    }
}
