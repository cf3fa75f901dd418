using Google.Protobuf;

namespace Virtualization.Payload;

/// <summary>An APEX on the payload disk: the message <c>ApexPayload</c>.</summary>
public sealed class ApexPayload
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The partition that it is on.</summary>
    public string PartitionName { get; set; } = "";

    /// <summary>The key that it must be signed with; empty where any is taken.</summary>
    public byte[] PublicKey { get; set; } = [];

    /// <summary>The root digest that it must have; empty where any is taken.</summary>
    public byte[] RootDigest { get; set; } = [];

    /// <summary>When the file was last changed, in seconds since 1970.</summary>
    public ulong LastUpdateSeconds { get; set; }

    /// <summary>It came with the system.</summary>
    public bool IsFactory { get; set; }

    /// <summary>The version in its manifest.</summary>
    public long ManifestVersion { get; set; }

    /// <summary>The name in its manifest.</summary>
    public string ManifestName { get; set; } = "";

    internal static ApexPayload Parse(ByteString message)
    {
        ApexPayload apex = new();
        using CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case MessageFields.ApexName:
                    apex.Name = input.ReadString();
                    break;
                case MessageFields.ApexPartitionName:
                    apex.PartitionName = input.ReadString();
                    break;
                case MessageFields.ApexPublicKey:
                    apex.PublicKey = input.ReadBytes().ToByteArray();
                    break;
                case MessageFields.ApexRootDigest:
                    apex.RootDigest = input.ReadBytes().ToByteArray();
                    break;
                case MessageFields.ApexLastUpdateSeconds:
                    apex.LastUpdateSeconds = input.ReadUInt64();
                    break;
                case MessageFields.ApexIsFactory:
                    apex.IsFactory = input.ReadBool();
                    break;
                case MessageFields.ApexManifestVersion:
                    apex.ManifestVersion = input.ReadInt64();
                    break;
                case MessageFields.ApexManifestName:
                    apex.ManifestName = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return apex;
    }

    internal byte[] ToByteArray() => MessageFields.ToBytes(output =>
    {
        output.WriteIfSet(MessageFields.ApexName, Name);
        output.WriteIfSet(MessageFields.ApexPartitionName, PartitionName);
        output.WriteIfSet(MessageFields.ApexPublicKey, PublicKey);
        output.WriteIfSet(MessageFields.ApexRootDigest, RootDigest);
        output.WriteIfSet(MessageFields.ApexLastUpdateSeconds, LastUpdateSeconds);
        output.WriteIfSet(MessageFields.ApexIsFactory, IsFactory ? 1UL : 0);
        output.WriteIfSet(MessageFields.ApexManifestVersion, (ulong)ManifestVersion);
        output.WriteIfSet(MessageFields.ApexManifestName, ManifestName);
    });
}
