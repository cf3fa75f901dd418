using BootLoader.Avb;

namespace MicrodroidInit;

/// <summary>
/// What the bootconfig says (Linux, Documentation/admin-guide/bootconfig.rst). It lies in the initrd, which the firmware of a protected VM verified;
/// in another VM it is the host's word.
/// </summary>
public struct BootParameters
{
    /// <summary>More than the kernel's XBC_DATA_MAX of 32 KiB, as keys are written out here; no bootconfig of this system has a tenth.</summary>
    private const int MaxLength = 64 << 10;

    private const int ShortestVbmeta = VbmetaHeader.Size;

    /// <summary>androidboot.microdroid.debuggable: the guest may be looked into.</summary>
    public bool IsDebuggable { get; private set; }

    /// <summary>androidboot.vbmeta.size: bytes of the vbmeta.</summary>
    public int VbmetaSize { get; private set; }

    /// <summary>androidboot.vbmeta.digest: the SHA-256 of the vbmeta.</summary>
    public Sha256Digest VbmetaDigest { get; private set; }

    /// <summary>Reads /proc/bootconfig.</summary>
    public static InitFault Read<TSystem>(out BootParameters parameters)
        where TSystem : struct, ISystem
    {
        parameters = default;
        Span<byte> room = stackalloc byte[MaxLength];
        int length = TextFile.Read<TSystem>("/proc/bootconfig"u8, room);
        return length < 0 ? new InitFault(InitError.ReadBootconfig, length)
            : length == room.Length ? new InitFault(InitError.BootconfigTooLong, length)
            : Parse(room[..length], out parameters);
    }

    /// <summary>
    /// Reads the kernel's form of it: a line for each key, <c>key = "value"</c>, and <c>, "value"</c> for each further value. After the last one comes
    /// the kernel's command line as a remark (fs/proc/bootconfig.c), in which the host could put line ends: nothing is read from there on.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="parameters">What it says; usable when nothing is wrong.</param>
    public static InitFault Parse(ReadOnlySpan<byte> text, out BootParameters parameters)
    {
        parameters = default;
        int number = 0;
        Parameter seen = 0;
        while (TextFile.TryTakeLine(ref text, out ReadOnlySpan<byte> line) && !line.SequenceEqual("# Parameters from bootloader:"u8))
        {
            number++;
            int separator = line.IndexOf(" = "u8);
            Parameter parameter = KindOf(separator < 0 ? line : line[..separator]);
            if (parameter == 0)
            {
                continue;
            }

            // Twice there is nobody who could say which one counts.
            if (separator < 0 || (seen & parameter) != 0 || !parameters.TryTake(parameter, line[(separator + 3)..]))
            {
                return new InitFault(InitError.BadBootconfig, number);
            }

            seen |= parameter;
        }

        int there = ((seen & Parameter.Size) != 0 ? 1 : 0) + ((seen & Parameter.Algorithm) != 0 ? 1 : 0) + ((seen & Parameter.Digest) != 0 ? 1 : 0);
        return there == 3 ? default : new InitFault(InitError.NoVbmetaDigest, there);
    }

    private static Parameter KindOf(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("androidboot.microdroid.debuggable"u8) ? Parameter.Debuggable
        : key.SequenceEqual("androidboot.vbmeta.size"u8) ? Parameter.Size
        : key.SequenceEqual("androidboot.vbmeta.hash_alg"u8) ? Parameter.Algorithm
        : key.SequenceEqual("androidboot.vbmeta.digest"u8) ? Parameter.Digest
        : 0;

    private bool TryTake(Parameter parameter, ReadOnlySpan<byte> quoted)
    {
        if (quoted.Length < 2 || quoted[0] != (byte)'"' || quoted[^1] != (byte)'"')
        {
            return false;
        }

        ReadOnlySpan<byte> value = quoted[1..^1];
        switch (parameter)
        {
            case Parameter.Debuggable:
                IsDebuggable = value.SequenceEqual("1"u8);
                return IsDebuggable || value.SequenceEqual("0"u8);
            case Parameter.Size:
                bool isSize = TextFile.TryReadNumber(value, out uint size) && size is >= ShortestVbmeta and <= VbmetaHeader.MaximumImage;
                VbmetaSize = (int)size;
                return isSize;
            case Parameter.Algorithm:
                return value.SequenceEqual("sha256"u8);
            default:
                Span<byte> digest = stackalloc byte[Sha256Digest.Size];
                bool isDigest = TryReadHexadecimal(value, digest);
                VbmetaDigest = new Sha256Digest(digest);
                return isDigest;
        }
    }

    private static bool TryReadHexadecimal(ReadOnlySpan<byte> digits, Span<byte> bytes)
    {
        if (digits.Length != 2 * bytes.Length)
        {
            return false;
        }

        for (int i = 0; i < bytes.Length; i++)
        {
            int high = Digit(digits[2 * i]), low = Digit(digits[(2 * i) + 1]);
            if ((high | low) < 0)
            {
                return false;
            }

            bytes[i] = (byte)((high << 4) | low);
        }

        return true;
    }

    private static int Digit(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    [Flags]
    private enum Parameter
    {
        Debuggable = 1,
        Size = 2,
        Algorithm = 4,
        Digest = 8,
    }
}
