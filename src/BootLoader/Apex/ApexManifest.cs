using System.Buffers.Binary;
using System.Text;

namespace BootLoader.Apex;

/// <summary>
/// The two fields of <c>apex_manifest.pb</c> (system/apex, proto/apex_manifest.proto) that AVF uses: name = 1, version = 2.
/// </summary>
/// <remarks>
/// Read here and not by Google.Protobuf: what is in this library runs in firmware, guest and host and needs no package; two scalars do not
/// change that. The rules are proto3's: fields in any order, the last one counts, unknown ones are passed over.
/// </remarks>
/// <param name="Name">The module's name, such as <c>com.android.art</c>.</param>
/// <param name="Version">Its version.</param>
public sealed record ApexManifest(string Name, long Version)
{
    /// <summary>The entry's name.</summary>
    public const string EntryName = "apex_manifest.pb";

    private const int NameField = 1;
    private const int VersionField = 2;
    private const int WireVarint = 0;
    private const int WireFixed64 = 1;
    private const int WireBytes = 2;
    private const int WireFixed32 = 5;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a manifest.</summary>
    /// <param name="message">The message, to its last byte.</param>
    /// <exception cref="ApexException">It is no such message, or has no name.</exception>
    public static ApexManifest Read(ReadOnlySpan<byte> message)
    {
        string name = "";
        long version = 0;
        while (!message.IsEmpty)
        {
            ulong tag = TakeVarint(ref message);
            int field = tag >> 3 is > 0 and < (1 << 29) ? (int)(tag >> 3) : throw Broken($"field {tag >> 3} cannot be");
            switch ((int)(tag & 7))
            {
                case WireVarint when field != NameField:
                    ulong value = TakeVarint(ref message);
                    version = field == VersionField ? (long)value : version;
                    break;
                case WireBytes when field != VersionField:
                    ulong length = TakeVarint(ref message);
                    ReadOnlySpan<byte> bytes = Take(ref message, length);
                    name = field == NameField ? Text(bytes) : name;
                    break;
                case WireFixed64 when field > VersionField:
                    Take(ref message, sizeof(ulong));
                    break;
                case WireFixed32 when field > VersionField:
                    Take(ref message, sizeof(uint));
                    break;
                default:
                    throw Broken($"field {field} is of wire type {tag & 7}");
            }
        }

        return name.Length > 0 ? new ApexManifest(name, version) : throw Broken("there is no name");
    }

    /// <summary>Writes the message as Protocol Buffers do: fields in order, none that is 0.</summary>
    public byte[] ToBytes()
    {
        var bytes = new List<byte> { (NameField << 3) | WireBytes };
        byte[] name = Encoding.UTF8.GetBytes(Name);
        AddVarint(bytes, (ulong)name.Length);
        bytes.AddRange(name);
        if (Version != 0)
        {
            bytes.Add((VersionField << 3) | WireVarint);
            AddVarint(bytes, (ulong)Version);
        }

        return [.. bytes];
    }

    private static void AddVarint(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
    }

    private static ulong TakeVarint(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && !rest.IsEmpty; shift += 7)
        {
            byte next = rest[0];
            rest = rest[1..];
            if (shift == 63 && next > 1)
            {
                break;
            }

            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Broken("a number does not end, or has more than 64 bits");
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, ulong length)
    {
        if (length > (ulong)rest.Length)
        {
            throw Broken($"{length} bytes should follow, {rest.Length} do");
        }

        ReadOnlySpan<byte> taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Broken("the name is not UTF-8");
        }
    }

    private static ApexException Broken(string why) => new($"{EntryName} is broken: {why}");
}
