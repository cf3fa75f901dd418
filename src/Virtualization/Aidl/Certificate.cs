using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A certificate of attestation (AVF Certificate.aidl).</summary>
public sealed class Certificate : IParcelable
{
    /// <summary>X.509 in DER.</summary>
    public byte[] EncodedCertificate { get; set; } = [];

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteByteArray(EncodedCertificate);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        EncodedCertificate = p.ReadByteArray();
    }
}
