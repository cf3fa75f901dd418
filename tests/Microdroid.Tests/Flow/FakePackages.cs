using System.Security.Cryptography;
using System.Text;
using BootLoader.Apex;
using BootLoader.Apk;
using BootLoader.Sources;
using Microdroid.Payload;

namespace Microdroid.Tests.Flow;

/// <summary>Reads <see cref="FakePackage"/>.</summary>
internal sealed class FakePackages(List<string> trace) : IPackages
{
    public IdsigTree ReadIdsig(RandomAccessSource idsig) => new(Convert.FromHexString(Read(idsig).Root), default, 0, FakePackage.BlockSize);

    public ApkIdentity ReadApk(RandomAccessSource apk, bool verify)
    {
        trace.Add(verify ? "verify APK" : "read APK");
        FakePackage package = Read(apk);
        if (verify && !package.IsGenuine)
        {
            throw new ApkException("the signature is wrong");
        }

        return new ApkIdentity(SHA512.HashData(Encoding.UTF8.GetBytes(package.Signer)), package.Package, package.Version);
    }

    public byte[]? ReadEntry(RandomAccessSource apk, string name, int limit) =>
        Read(apk).Entries.TryGetValue(name, out string? text) ? Encoding.UTF8.GetBytes(text) : null;

    public bool HasEntry(RandomAccessSource apk, string name) => Read(apk).Entries.ContainsKey(name);

    public ApexIdentity ReadApex(RandomAccessSource apex)
    {
        FakePackage package = Read(apex);
        return package.IsGenuine
            ? new ApexIdentity(
                package.Package, (long)package.Version, Encoding.UTF8.GetBytes(package.Signer), Convert.FromHexString(package.Root), default, 4096, 8192, 4096, 4096)
            : throw new ApexException("the vbmeta's signature is wrong");
    }

    private static FakePackage Read(RandomAccessSource source) => FakePackage.Read(source.ReadExactly(0, FakePackage.BlockSize));
}
