using Google.Protobuf;

namespace Virtualization.Payload;

/// <summary>The tags of <c>metadata.proto</c> (a field's number, then how it is coded: 0 a variable integer, 2 behind its length), and how fields are written.</summary>
internal static class MessageFields
{
    // Metadata.
    internal const byte Version = (1 << 3) | 0;
    internal const byte Apexes = (2 << 3) | 2;
    internal const byte Apk = (3 << 3) | 2;
    internal const byte ConfigPath = (4 << 3) | 2;
    internal const byte Config = (5 << 3) | 2;

    // ApexPayload.
    internal const byte ApexName = (1 << 3) | 2;
    internal const byte ApexPartitionName = (2 << 3) | 2;
    internal const byte ApexPublicKey = (3 << 3) | 2;
    internal const byte ApexRootDigest = (4 << 3) | 2;
    internal const byte ApexLastUpdateSeconds = (5 << 3) | 0;
    internal const byte ApexIsFactory = (6 << 3) | 0;
    internal const byte ApexManifestVersion = (7 << 3) | 0;
    internal const byte ApexManifestName = (8 << 3) | 2;

    // ApkPayload.
    internal const byte ApkName = (1 << 3) | 2;
    internal const byte ApkPartitionName = (2 << 3) | 2;
    internal const byte ApkIdsigPartitionName = (3 << 3) | 2;

    // PayloadConfig.
    internal const byte PayloadBinaryName = (1 << 3) | 2;
    internal const byte ExtraApkCount = (2 << 3) | 0;

    /// <summary>Writes a message or bytes behind their length.</summary>
    internal static void WriteField(this CodedOutputStream output, byte tag, byte[] value)
    {
        output.WriteRawTag(tag);
        output.WriteBytes(ByteString.CopyFrom(value));
    }

    /// <summary>Writes bytes, unless they are what an absent field means (proto3).</summary>
    internal static void WriteIfSet(this CodedOutputStream output, byte tag, byte[] value)
    {
        if (value.Length > 0)
        {
            output.WriteField(tag, value);
        }
    }

    /// <summary>Writes a text, unless it is what an absent field means.</summary>
    internal static void WriteIfSet(this CodedOutputStream output, byte tag, string value)
    {
        if (value.Length > 0)
        {
            output.WriteRawTag(tag);
            output.WriteString(value);
        }
    }

    /// <summary>Writes a number, unless it is what an absent field means.</summary>
    internal static void WriteIfSet(this CodedOutputStream output, byte tag, ulong value)
    {
        if (value != 0)
        {
            output.WriteRawTag(tag);
            output.WriteUInt64(value);
        }
    }

    /// <summary>The bytes that something writes.</summary>
    internal static byte[] ToBytes(Action<CodedOutputStream> write)
    {
        using MemoryStream stream = new();
        using (CodedOutputStream output = new(stream, leaveOpen: true))
        {
            write(output);
        }

        return stream.ToArray();
    }
}
