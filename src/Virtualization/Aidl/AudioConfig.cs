using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>What a VM hears and plays (AVF AudioConfig.aidl).</summary>
public sealed class AudioConfig : IParcelable
{
    /// <summary>The host's microphone.</summary>
    public bool UseMicrophone { get; set; }

    /// <summary>The host's loudspeaker.</summary>
    public bool UseSpeaker { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteBoolean(UseMicrophone);
        p.WriteBoolean(UseSpeaker);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        UseMicrophone = p.ReadBoolean();
        UseSpeaker = p.ReadBoolean();
    }
}
