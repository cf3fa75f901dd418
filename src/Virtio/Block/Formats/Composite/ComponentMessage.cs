using Google.Protobuf;

namespace Virtio.Block.Formats.Composite;

/// <summary>The message <c>ComponentDisk</c> (crosvm protos/src/cdisk_spec.proto).</summary>
internal sealed class ComponentMessage
{
    private const int FilePathField = 1;
    private const int OffsetField = 2;
    private const int CapabilityField = 3;
    private const int FileOffsetField = 4;
    private const int ReadWrite = 1;

    /// <summary>The file; in version 2 relative to the directory of the specification, or absolute.</summary>
    public string FilePath { get; set; } = "";

    /// <summary>Where the component begins in the disk, in bytes.</summary>
    public ulong Offset { get; set; }

    /// <summary>The guest may write it: <c>read_write_capability</c> is <c>READ_WRITE</c>.</summary>
    public bool IsWritable { get; set; }

    /// <summary>Where its content begins in its file, in bytes.</summary>
    public ulong FileOffset { get; set; }

    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is none.</exception>
    public static ComponentMessage Parse(CodedInputStream input)
    {
        ComponentMessage message = new();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (tag == WireFormat.MakeTag(FilePathField, WireFormat.WireType.LengthDelimited))
            {
                message.FilePath = input.ReadString();
            }
            else if (tag == WireFormat.MakeTag(OffsetField, WireFormat.WireType.Varint))
            {
                message.Offset = input.ReadUInt64();
            }
            else if (tag == WireFormat.MakeTag(CapabilityField, WireFormat.WireType.Varint))
            {
                message.IsWritable = input.ReadEnum() == ReadWrite;
            }
            else if (tag == WireFormat.MakeTag(FileOffsetField, WireFormat.WireType.Varint))
            {
                message.FileOffset = input.ReadUInt64();
            }
            else
            {
                input.SkipLastField();
            }
        }

        return message;
    }

    /// <summary>The message's bytes.</summary>
    public byte[] ToByteArray()
    {
        using MemoryStream stream = new();
        using (CodedOutputStream output = new(stream, leaveOpen: true))
        {
            output.WriteTag(FilePathField, WireFormat.WireType.LengthDelimited);
            output.WriteString(FilePath);
            output.WriteTag(OffsetField, WireFormat.WireType.Varint);
            output.WriteUInt64(Offset);
            output.WriteTag(CapabilityField, WireFormat.WireType.Varint);
            output.WriteEnum(IsWritable ? ReadWrite : 0);
            output.WriteTag(FileOffsetField, WireFormat.WireType.Varint);
            output.WriteUInt64(FileOffset);
        }

        return stream.ToArray();
    }
}
