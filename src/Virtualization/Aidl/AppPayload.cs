using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>What a VM runs: a union, exactly one member of which is set (AVF VirtualMachineAppConfig.Payload). Disposing it closes its files.</summary>
public sealed class AppPayload : IParcelable, IDisposable
{
    private const int ConfigPathTag = 0;
    private const int PayloadConfigTag = 1;

    /// <summary>The path of a configuration in the APK, such as <c>assets/vm_config.json</c>.</summary>
    public string? ConfigPath { get; set; }

    /// <summary>The payload, named by the client.</summary>
    public VirtualMachinePayloadConfig? PayloadConfig { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        if (ConfigPath is null == PayloadConfig is null)
        {
            throw new InvalidOperationException($"a payload has exactly one of {nameof(ConfigPath)} and {nameof(PayloadConfig)}");
        }

        if (ConfigPath is not null)
        {
            p.WriteInt32(ConfigPathTag);
            p.WriteString(ConfigPath);
        }
        else
        {
            p.WriteInt32(PayloadConfigTag);
            p.WriteParcelable(PayloadConfig);
        }
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        switch (p.ReadInt32())
        {
            case ConfigPathTag:
                ConfigPath = p.ReadRequiredString();
                break;
            case PayloadConfigTag:
                PayloadConfig = p.ReadRequiredParcelable<VirtualMachinePayloadConfig>();
                break;
            default:
                throw new BinderException(StatusCode.BadValue);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => PayloadConfig?.Dispose();
}
