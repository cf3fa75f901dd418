using Google.Protobuf;

namespace Virtualization.Payload;

/// <summary>The APK on the payload disk: the message <c>ApkPayload</c>.</summary>
public sealed class ApkPayload
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The partition that it is on.</summary>
    public string PayloadPartitionName { get; set; } = "";

    /// <summary>The partition that its idsig is on.</summary>
    public string IdsigPartitionName { get; set; } = "";

    internal static ApkPayload Parse(ByteString message)
    {
        ApkPayload apk = new();
        using CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case MessageFields.ApkName:
                    apk.Name = input.ReadString();
                    break;
                case MessageFields.ApkPartitionName:
                    apk.PayloadPartitionName = input.ReadString();
                    break;
                case MessageFields.ApkIdsigPartitionName:
                    apk.IdsigPartitionName = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return apk;
    }

    internal byte[] ToByteArray() => MessageFields.ToBytes(output =>
    {
        output.WriteIfSet(MessageFields.ApkName, Name);
        output.WriteIfSet(MessageFields.ApkPartitionName, PayloadPartitionName);
        output.WriteIfSet(MessageFields.ApkIdsigPartitionName, IdsigPartitionName);
    });
}
