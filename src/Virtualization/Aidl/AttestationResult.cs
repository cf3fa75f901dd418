using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A key with the certificates over it (AVF IVmPayloadService.AttestationResult).</summary>
public sealed class AttestationResult : IParcelable
{
    /// <summary>The key: ECPrivateKey on P-256 in DER (RFC 5915).</summary>
    public byte[] PrivateKey { get; set; } = [];

    /// <summary>The chain, leaf first.</summary>
    public IReadOnlyList<Certificate> CertificateChain { get; set; } = [];

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteByteArray(PrivateKey);
        p.WriteParcelableList(CertificateChain);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        PrivateKey = p.ReadByteArray();
        CertificateChain = p.ReadParcelableList<Certificate>();
    }
}
