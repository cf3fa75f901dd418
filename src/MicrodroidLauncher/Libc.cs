using System.Runtime;
using System.Runtime.CompilerServices;

namespace MicrodroidLauncher;

/// <summary>The functions of libc that the launcher stands on.</summary>
internal static unsafe class Libc
{
    // dlfcn.h
    internal const int RTLD_NOW = 2;

    [RuntimeImport("*", "dlopen")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void* OpenLibrary(byte* path, int flags);

    [RuntimeImport("*", "dlsym")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void* FindSymbol(void* library, byte* name);

    [RuntimeImport("*", "dlerror")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern byte* LibraryError();

    [RuntimeImport("*", "write")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern nint Write(int descriptor, void* data, nuint length);

    [RuntimeImport("*", "abort")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Abort();
}
