using Google.Protobuf;

namespace Virtualization.Payload;

/// <summary>What is run, where the host's client named it: the message <c>PayloadConfig</c>.</summary>
public sealed class PayloadConfig
{
    /// <summary>The payload's file name in the APK's directory of native code.</summary>
    public string PayloadBinaryName { get; set; } = "";

    /// <summary>How many further APKs are on the payload disk.</summary>
    public uint ExtraApkCount { get; set; }

    internal static PayloadConfig Parse(ByteString message)
    {
        PayloadConfig config = new();
        using CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case MessageFields.PayloadBinaryName:
                    config.PayloadBinaryName = input.ReadString();
                    break;
                case MessageFields.ExtraApkCount:
                    config.ExtraApkCount = input.ReadUInt32();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return config;
    }

    internal byte[] ToByteArray() => MessageFields.ToBytes(output =>
    {
        output.WriteIfSet(MessageFields.PayloadBinaryName, PayloadBinaryName);
        output.WriteIfSet(MessageFields.ExtraApkCount, ExtraApkCount);
    });
}
