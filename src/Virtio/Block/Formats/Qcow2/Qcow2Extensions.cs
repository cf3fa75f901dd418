using System.Buffers.Binary;
using System.Text;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>The header extensions that matter here. Others are kept in the file and not looked at.</summary>
internal sealed class Qcow2Extensions
{
    private const int FeatureSize = 48;
    private const int MostNameBytes = 46;

    private readonly Dictionary<int, string> _incompatible = [];

    /// <summary>The format of the backing file.</summary>
    public string? BackingFormat { get; private set; }

    /// <summary>What an incompatible feature is called.</summary>
    /// <param name="bit">Its bit.</param>
    public string IncompatibleName(int bit) => bit switch
    {
        2 => "external data file",
        4 => "extended L2 entries",
        _ => _incompatible.TryGetValue(bit, out string? name) ? $"{name} (bit {bit})" : $"bit {bit} of the incompatible features",
    };

    /// <summary>Reads the extensions behind a header.</summary>
    /// <param name="name">The image, for messages.</param>
    /// <param name="head">The first cluster.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end at the latest: at the backing file's name or with the cluster.</param>
    /// <exception cref="DiskFormatException">One goes on behind the end.</exception>
    public static Qcow2Extensions Parse(string name, ReadOnlySpan<byte> head, int offset, int end)
    {
        Qcow2Extensions extensions = new();
        while (end - offset >= 8)
        {
            uint type = BinaryPrimitives.ReadUInt32BigEndian(head[offset..]);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(head[(offset + 4)..]);
            offset += 8;
            if (type == Qcow2Format.ExtensionEnd)
            {
                break;
            }

            if (length > (uint)(end - offset))
            {
                throw new DiskFormatException(name, $"has the header extension 0x{type:x8} of {length} bytes at {offset}, which goes on behind the header");
            }

            extensions.Take(type, head.Slice(offset, (int)length));
            offset += (int)Math.Min((length + 7) & ~7U, (uint)(end - offset));
        }

        return extensions;
    }

    private void Take(uint type, ReadOnlySpan<byte> data)
    {
        if (type == Qcow2Format.ExtensionBackingFormat)
        {
            BackingFormat = Encoding.ASCII.GetString(data);
        }
        else if (type == Qcow2Format.ExtensionFeatureNames)
        {
            for (; data.Length >= FeatureSize; data = data[FeatureSize..])
            {
                if (data[0] == 0)
                {
                    _incompatible[data[1]] = Printable(data.Slice(2, MostNameBytes));
                }
            }
        }
    }

    /// <summary>The name is the image's, and goes to a terminal.</summary>
    private static string Printable(ReadOnlySpan<byte> name)
    {
        int end = name.IndexOf((byte)0);
        string text = Encoding.ASCII.GetString(end < 0 ? name : name[..end]);
        return string.Concat(text.Select(static letter => char.IsControl(letter) ? '?' : letter));
    }
}
