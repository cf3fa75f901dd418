using System.Runtime.InteropServices;

namespace BootLoader.Compression;

/// <summary>A shared library of the system, loaded when first needed.</summary>
internal static class SystemLibrary
{
    /// <summary>Makes sure that the library is there, before the first call into it.</summary>
    /// <param name="name">File name with its version, such as <c>liblz4.so.1</c>.</param>
    /// <param name="package">The Debian package that has it.</param>
    /// <exception cref="DecompressionException">It is not.</exception>
    public static void Require(string name, string package)
    {
        if (!NativeLibrary.TryLoad(name, typeof(SystemLibrary).Assembly, DllImportSearchPath.SafeDirectories, out _))
        {
            throw new DecompressionException($"needs the library {name}, which is not on this system: install the Debian package {package}");
        }
    }
}
