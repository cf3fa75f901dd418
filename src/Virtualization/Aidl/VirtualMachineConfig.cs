using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>What a VM is made of: a union, exactly one member of which is set (AVF VirtualMachineConfig.aidl). Disposing it closes its files.</summary>
public sealed class VirtualMachineConfig : IParcelable, IDisposable
{
    private const int AppConfigTag = 0;
    private const int RawConfigTag = 1;

    /// <summary>A payload on an operating system that the service knows.</summary>
    public VirtualMachineAppConfig? AppConfig { get; set; }

    /// <summary>Every part named by the client.</summary>
    public VirtualMachineRawConfig? RawConfig { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        if (AppConfig is null == RawConfig is null)
        {
            throw new InvalidOperationException($"a configuration has exactly one of {nameof(AppConfig)} and {nameof(RawConfig)}");
        }

        if (AppConfig is not null)
        {
            p.WriteInt32(AppConfigTag);
            p.WriteParcelable(AppConfig);
        }
        else
        {
            p.WriteInt32(RawConfigTag);
            p.WriteParcelable(RawConfig);
        }
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        switch (p.ReadInt32())
        {
            case AppConfigTag:
                AppConfig = p.ReadRequiredParcelable<VirtualMachineAppConfig>();
                break;
            case RawConfigTag:
                RawConfig = p.ReadRequiredParcelable<VirtualMachineRawConfig>();
                break;
            default:
                throw new BinderException(StatusCode.BadValue);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        AppConfig?.Dispose();
        RawConfig?.Dispose();
    }
}
