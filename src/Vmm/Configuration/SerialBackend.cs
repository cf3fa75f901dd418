namespace Vmm.Configuration;

/// <summary>What stands behind a serial port on the host (crosvm's <c>type=</c>).</summary>
public enum SerialBackend
{
    /// <summary>Output is dropped, there is no input.</summary>
    Sink,

    /// <summary>Output to standard output; input from standard input where <c>stdin=true</c>.</summary>
    Stdout,

    /// <summary>Output is appended to <c>path</c>; input is read from <c>input</c> where that is given.</summary>
    File,

    /// <summary>A listening stream socket at <c>path</c>; one client at a time.</summary>
    UnixStream,

    /// <summary>A datagram socket: output is sent to the socket at <c>path</c>.</summary>
    Unix,

    /// <summary>A new pseudo terminal, whose name is printed and, where <c>path</c> is given, linked there.</summary>
    Pty,
}
