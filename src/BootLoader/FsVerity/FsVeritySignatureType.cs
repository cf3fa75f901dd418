namespace BootLoader.FsVerity;

/// <summary>What signature a file of fs-verity metadata has (system/extras, fsverity, fsverity_metadata_generator.py).</summary>
public enum FsVeritySignatureType : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>PKCS #7, detached, DER.</summary>
    Pkcs7 = 1,

    /// <summary>The bare signature.</summary>
    Raw = 2,
}
