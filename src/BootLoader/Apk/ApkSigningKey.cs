#pragma warning disable CS1591
namespace BootLoader.Apk;

public sealed class ApkSigningKey : IDisposable
{
    public ReadOnlyMemory<byte> Certificate => throw new NotImplementedException();

    public static ApkSigningKey Create(string commonName = "Payload") => throw new NotImplementedException();

    public static ApkSigningKey FromPem(string keyPem, string? certificatePem = null) => throw new NotImplementedException();

    public string ToPem() => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
