using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>Reads <c>--instance-id</c>.</summary>
internal static class InstanceIdOption
{
    private const string Option = "--instance-id";

    /// <summary>Bytes of an instance id. Source: AVF, android/virtmgr/src/aidl.rs.</summary>
    public const int Size = 64;

    /// <summary>Reads hexadecimal digits, or else a file.</summary>
    /// <exception cref="VmmException">It is not 64 bytes, or the file cannot be read.</exception>
    public static ReadOnlyMemory<byte> Read(string text)
    {
        if (text.Length == 2 * Size && text.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(text);
        }

        if (!File.Exists(text) && text.Length > 0 && text.All(char.IsAsciiHexDigit))
        {
            throw new InvalidOptionException($"{Option}: {text.Length} hexadecimal digits; an instance id has {Size} bytes, {2 * Size} digits");
        }

        byte[] id = HostFile.ReadContent(Option, text, Size);
        return id.Length == Size ? id : throw new InvalidOptionException($"{Option}: {text} has {id.Length} bytes; an instance id has {Size}");
    }
}
