using Google.Protobuf;

namespace Virtio.Block.Formats.Composite;

/// <summary>The message <c>CompositeDisk</c> (crosvm protos/src/cdisk_spec.proto), in the wire format of protocol buffers.</summary>
/// <remarks>Field by field and not by generated code: that brings reflection, which a trimmed program does not have.</remarks>
internal sealed class CompositeMessage
{
    private const int VersionField = 1;
    private const int ComponentsField = 2;
    private const int LengthField = 3;

    /// <summary>The format's version.</summary>
    public ulong Version { get; set; }

    /// <summary>The components, in any order.</summary>
    public List<ComponentMessage> Components { get; init; } = [];

    /// <summary>The disk's size in bytes.</summary>
    public ulong Length { get; set; }

    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is none.</exception>
    public static CompositeMessage Parse(byte[] bytes, int offset)
    {
        CompositeMessage message = new();
        using CodedInputStream input = new(bytes, offset, bytes.Length - offset);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (tag == WireFormat.MakeTag(VersionField, WireFormat.WireType.Varint))
            {
                message.Version = input.ReadUInt64();
            }
            else if (tag == WireFormat.MakeTag(ComponentsField, WireFormat.WireType.LengthDelimited))
            {
                using CodedInputStream component = input.ReadBytes().CreateCodedInput();
                message.Components.Add(ComponentMessage.Parse(component));
            }
            else if (tag == WireFormat.MakeTag(LengthField, WireFormat.WireType.Varint))
            {
                message.Length = input.ReadUInt64();
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
            output.WriteTag(VersionField, WireFormat.WireType.Varint);
            output.WriteUInt64(Version);
            foreach (ComponentMessage component in Components)
            {
                output.WriteTag(ComponentsField, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(component.ToByteArray()));
            }

            output.WriteTag(LengthField, WireFormat.WireType.Varint);
            output.WriteUInt64(Length);
        }

        return stream.ToArray();
    }
}
