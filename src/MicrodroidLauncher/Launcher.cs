using System.Runtime;

namespace MicrodroidLauncher;

/// <summary>microdroid_launcher LIBRARY: the program's end is the payload's, its exit status what AVmPayload_main returns.</summary>
internal static unsafe class Launcher
{
    /// <summary>The exit status when there is no payload to run: as a shell says that a command cannot be run.</summary>
    private const int CannotRun = 126;

    [RuntimeExport("main")]
    internal static int Main(int argumentCount, byte** arguments)
    {
        if (argumentCount != 2)
        {
            StandardError.WriteLine("usage: microdroid_launcher LIBRARY (the payload's shared object, which exports AVmPayload_main)"u8, default);
            return CannotRun;
        }

        void* library = Libc.OpenLibrary(arguments[1], Libc.RTLD_NOW);
        if (library == null)
        {
            StandardError.WriteLine("the payload was not loaded: "u8, TextOf(Libc.LibraryError()));
            return CannotRun;
        }

        // SAFETY: the header vm_main.h is the contract; the calling convention without a runtime is C's.
        delegate*<int> main;
        fixed (byte* name = "AVmPayload_main\0"u8)
        {
            main = (delegate*<int>)Libc.FindSymbol(library, name);
        }

        if (main == null)
        {
            StandardError.WriteLine("the payload does not export AVmPayload_main (vm_main.h): "u8, TextOf(arguments[1]));
            return CannotRun;
        }

        return main();
    }

    private static ReadOnlySpan<byte> TextOf(byte* text)
    {
        int length = 0;
        while (text != null && text[length] != 0)
        {
            length++;
        }

        return new ReadOnlySpan<byte>(text, length);
    }
}
