using System.Buffers.Binary;
using Google.Protobuf;

namespace Virtualization.Payload;

/// <summary>What the partition <c>payload-metadata</c> says of the payload disk: the message <c>Metadata</c> of <c>metadata.proto</c>, behind its length.</summary>
public sealed class PayloadMetadata
{
    /// <summary>The only version there is.</summary>
    public const uint CurrentVersion = 1;

    /// <summary>The longest message that is read, in bytes: a disk of a hundred APEXes needs a tenth of it.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Bytes before the message: its length, big-endian.</summary>
    public const int LengthSize = sizeof(uint);

    /// <summary>The format's version.</summary>
    public uint Version { get; set; } = CurrentVersion;

    /// <summary>The APEXes, in the order of their partitions.</summary>
    public List<ApexPayload> Apexes { get; } = [];

    /// <summary>The APK.</summary>
    public ApkPayload Apk { get; set; } = new();

    /// <summary>The path of a configuration in the APK; null where <see cref="Config"/> is set.</summary>
    public string? ConfigPath { get; set; }

    /// <summary>The configuration itself; null where <see cref="ConfigPath"/> is set.</summary>
    public PayloadConfig? Config { get; set; }

    /// <summary>Reads the content of a partition; what follows the message is not looked at.</summary>
    /// <exception cref="InvalidDataException">It is none; the message says why.</exception>
    public static PayloadMetadata Read(ReadOnlySpan<byte> partition)
    {
        uint length = partition.Length >= LengthSize
            ? BinaryPrimitives.ReadUInt32BigEndian(partition)
            : throw new InvalidDataException($"payload metadata: {partition.Length} bytes, where a length of {LengthSize} bytes is expected");
        if (length > MaxLength)
        {
            throw new InvalidDataException($"payload metadata: a message of {length} bytes; {MaxLength} are the most");
        }

        if (length > (uint)(partition.Length - LengthSize))
        {
            throw new InvalidDataException($"payload metadata: a message of {length} bytes, of which {partition.Length - LengthSize} are there");
        }

        return Parse(partition.Slice(LengthSize, (int)length));
    }

    /// <summary>Reads the partition from its beginning, and no more of it than there is message.</summary>
    /// <exception cref="InvalidDataException">It holds none; the message says why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PayloadMetadata Read(Stream partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        byte[] length = new byte[LengthSize];
        int got = partition.ReadAtLeast(length, LengthSize, throwOnEndOfStream: false);
        byte[] content = new byte[LengthSize + (got == LengthSize ? Math.Min(BinaryPrimitives.ReadUInt32BigEndian(length), MaxLength) : 0)];
        length.AsSpan(0, got).CopyTo(content);
        if (got == LengthSize)
        {
            got += partition.ReadAtLeast(content.AsSpan(LengthSize), content.Length - LengthSize, throwOnEndOfStream: false);
        }

        return Read(content.AsSpan(0, got));
    }

    /// <summary>The content of a partition: length and message. Whoever makes the partition pads it.</summary>
    /// <exception cref="InvalidOperationException">Not exactly one of <see cref="ConfigPath"/> and <see cref="Config"/> is set, or it is too long.</exception>
    public byte[] ToPartition()
    {
        if (ConfigPath is null == Config is null)
        {
            throw new InvalidOperationException($"payload metadata has exactly one of {nameof(ConfigPath)} and {nameof(Config)}");
        }

        using MemoryStream stream = new();
        stream.Write(new byte[LengthSize]);
        using (CodedOutputStream output = new(stream, leaveOpen: true))
        {
            WriteTo(output);
        }

        byte[] content = stream.ToArray();
        int length = content.Length - LengthSize;
        if (length > MaxLength)
        {
            throw new InvalidOperationException($"payload metadata of {length} bytes; {MaxLength} are the most");
        }

        BinaryPrimitives.WriteUInt32BigEndian(content, (uint)length);
        return content;
    }

    private static PayloadMetadata Parse(ReadOnlySpan<byte> message)
    {
        PayloadMetadata metadata = new() { Version = 0 };
        bool hasApk = false;
        try
        {
            using CodedInputStream input = new(message.ToArray());
            for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                switch (tag)
                {
                    case MessageFields.Version:
                        metadata.Version = input.ReadUInt32();
                        break;
                    case MessageFields.Apexes:
                        metadata.Apexes.Add(ApexPayload.Parse(input.ReadBytes()));
                        break;
                    case MessageFields.Apk:
                        metadata.Apk = ApkPayload.Parse(input.ReadBytes());
                        hasApk = true;
                        break;
                    case MessageFields.ConfigPath:
                        (metadata.ConfigPath, metadata.Config) = (input.ReadString(), null);
                        break;
                    case MessageFields.Config:
                        (metadata.ConfigPath, metadata.Config) = (null, PayloadConfig.Parse(input.ReadBytes()));
                        break;
                    default:
                        input.SkipLastField();
                        break;
                }
            }
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw new InvalidDataException($"payload metadata: {fault.Message}", fault);
        }

        if (metadata.Version != CurrentVersion)
        {
            throw new InvalidDataException($"payload metadata: version {metadata.Version}, not {CurrentVersion}");
        }

        if (!hasApk)
        {
            throw new InvalidDataException("payload metadata: it names no APK");
        }

        return metadata.ConfigPath is null && metadata.Config is null
            ? throw new InvalidDataException("payload metadata: it says neither what to run nor where that is written")
            : metadata;
    }

    private void WriteTo(CodedOutputStream output)
    {
        output.WriteRawTag(MessageFields.Version);
        output.WriteUInt32(Version);
        foreach (ApexPayload apex in Apexes)
        {
            output.WriteField(MessageFields.Apexes, apex.ToByteArray());
        }

        output.WriteField(MessageFields.Apk, Apk.ToByteArray());
        if (Config is not null)
        {
            output.WriteField(MessageFields.Config, Config.ToByteArray());
        }
        else
        {
            output.WriteRawTag(MessageFields.ConfigPath);
            output.WriteString(ConfigPath!);
        }
    }
}
