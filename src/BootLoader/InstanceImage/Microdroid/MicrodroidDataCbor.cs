using System.Diagnostics.CodeAnalysis;
using System.Text;
using BootLoader.Cbor;

namespace BootLoader.InstanceImage.Microdroid;

/// <summary>
/// The encoding of <see cref="MicrodroidData"/>: what Rust's serde_cbor makes of AVF's structures. Maps have the fields' names as keys, in the order of
/// the structure; bytes are arrays of numbers; what is not there is null.
/// </summary>
public static class MicrodroidDataCbor
{
    /// <summary>The longest encoding that is read or written, in bytes.</summary>
    public const int MaximumSize = 1 << 20;

    private const int ApkFields = 4;
    private const int ApexFields = 7;
    private const int DataFields = 4;

    /// <summary>Encodes a record.</summary>
    public static byte[] Write(MicrodroidData data)
    {
        var measure = new CborWriter([]);
        Write(ref measure, data);
        byte[] bytes = new byte[measure.Length];
        var writer = new CborWriter(bytes);
        Write(ref writer, data);
        return bytes;
    }

    /// <summary>Decodes a record that takes the whole of a span.</summary>
    /// <param name="bytes">The encoding and nothing else.</param>
    /// <param name="data">The record.</param>
    /// <returns>False when it is not one: fields missing, of another type, in another order, or unknown ones.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out MicrodroidData? data)
    {
        data = null;
        var reader = new CborReader(bytes);
        if (!TryReadMap(ref reader, DataFields)
            || !TryReadKey(ref reader, "salt"u8) || !TryReadNumbers(ref reader, out byte[]? salt)
            || !TryReadKey(ref reader, "apk_data"u8) || !TryReadApk(ref reader, out ApkData? apk)
            || !TryReadKey(ref reader, "extra_apks_data"u8) || !reader.TryReadArray(out int extraCount))
        {
            return false;
        }

        // An array's count is at most the bytes that are left, so a list cannot take more than the record's own length.
        var extras = new List<ApkData>();
        for (int i = 0; i < extraCount; i++)
        {
            if (!TryReadApk(ref reader, out ApkData? extra))
            {
                return false;
            }

            extras.Add(extra);
        }

        if (!TryReadKey(ref reader, "apex_data"u8) || !reader.TryReadArray(out int apexCount))
        {
            return false;
        }

        var apexes = new List<ApexData>();
        for (int i = 0; i < apexCount; i++)
        {
            if (!TryReadApex(ref reader, out ApexData? apex))
            {
                return false;
            }

            apexes.Add(apex);
        }

        data = new MicrodroidData(salt, apk, extras, apexes);
        return reader.TryEnd();
    }

    private static void Write(ref CborWriter writer, MicrodroidData data)
    {
        writer.WriteMap(DataFields);
        writer.WriteText("salt"u8);
        WriteNumbers(ref writer, data.Salt.Span);
        writer.WriteText("apk_data"u8);
        Write(ref writer, data.Apk);
        writer.WriteText("extra_apks_data"u8);
        writer.WriteArray(data.ExtraApks.Count);
        foreach (ApkData apk in data.ExtraApks)
        {
            Write(ref writer, apk);
        }

        writer.WriteText("apex_data"u8);
        writer.WriteArray(data.Apexes.Count);
        foreach (ApexData apex in data.Apexes)
        {
            Write(ref writer, apex);
        }
    }

    private static void Write(ref CborWriter writer, ApkData apk)
    {
        writer.WriteMap(ApkFields);
        writer.WriteText("root_hash"u8);
        WriteNumbers(ref writer, apk.RootHash.Span);
        writer.WriteText("cert_hash"u8);
        WriteNumbers(ref writer, apk.CertificateHash.Span);
        writer.WriteText("package_name"u8);
        writer.WriteText(Encoding.UTF8.GetBytes(apk.PackageName));
        writer.WriteText("version_code"u8);
        writer.WriteUnsigned(apk.VersionCode);
    }

    private static void Write(ref CborWriter writer, ApexData apex)
    {
        writer.WriteMap(ApexFields);
        writer.WriteText("name"u8);
        writer.WriteText(Encoding.UTF8.GetBytes(apex.Name));
        writer.WriteText("manifest_name"u8);
        if (apex.ManifestName is { } name)
        {
            writer.WriteText(Encoding.UTF8.GetBytes(name));
        }
        else
        {
            writer.WriteNull();
        }

        writer.WriteText("manifest_version"u8);
        if (apex.ManifestVersion is { } version)
        {
            writer.WriteInteger(version);
        }
        else
        {
            writer.WriteNull();
        }

        writer.WriteText("public_key"u8);
        WriteNumbers(ref writer, apex.PublicKey.Span);
        writer.WriteText("root_digest"u8);
        WriteNumbers(ref writer, apex.RootDigest.Span);
        writer.WriteText("last_update_seconds"u8);
        writer.WriteUnsigned(apex.LastUpdateSeconds);
        writer.WriteText("is_factory"u8);
        writer.WriteBoolean(apex.IsFactory);
    }

    private static void WriteNumbers(ref CborWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.WriteArray(bytes.Length);
        foreach (byte value in bytes)
        {
            writer.WriteUnsigned(value);
        }
    }

    private static bool TryReadApk(ref CborReader reader, [NotNullWhen(true)] out ApkData? apk)
    {
        apk = null;
        if (!TryReadMap(ref reader, ApkFields)
            || !TryReadKey(ref reader, "root_hash"u8) || !TryReadNumbers(ref reader, out byte[]? rootHash)
            || !TryReadKey(ref reader, "cert_hash"u8) || !TryReadNumbers(ref reader, out byte[]? certificateHash)
            || !TryReadKey(ref reader, "package_name"u8) || !TryReadString(ref reader, out string? packageName)
            || !TryReadKey(ref reader, "version_code"u8) || !reader.TryReadUnsigned(out ulong versionCode))
        {
            return false;
        }

        apk = new ApkData(rootHash, certificateHash, packageName, versionCode);
        return true;
    }

    private static bool TryReadApex(ref CborReader reader, [NotNullWhen(true)] out ApexData? apex)
    {
        apex = null;
        string? manifestName = null;
        long? manifestVersion = null;
        if (!TryReadMap(ref reader, ApexFields)
            || !TryReadKey(ref reader, "name"u8) || !TryReadString(ref reader, out string? name)
            || !TryReadKey(ref reader, "manifest_name"u8) || !(IsNull(reader) ? reader.TryReadNull() : TryReadString(ref reader, out manifestName))
            || !TryReadKey(ref reader, "manifest_version"u8) || !(IsNull(reader) ? reader.TryReadNull() : TryReadNumber(ref reader, out manifestVersion))
            || !TryReadKey(ref reader, "public_key"u8) || !TryReadNumbers(ref reader, out byte[]? publicKey)
            || !TryReadKey(ref reader, "root_digest"u8) || !TryReadNumbers(ref reader, out byte[]? rootDigest)
            || !TryReadKey(ref reader, "last_update_seconds"u8) || !reader.TryReadUnsigned(out ulong lastUpdate)
            || !TryReadKey(ref reader, "is_factory"u8) || !reader.TryReadBoolean(out bool isFactory))
        {
            return false;
        }

        apex = new ApexData(name, manifestName, manifestVersion, publicKey, rootDigest, lastUpdate, isFactory);
        return true;
    }

    private static bool TryReadMap(ref CborReader reader, int fields) => reader.TryReadMap(out int count) && count == fields;

    private static bool TryReadKey(ref CborReader reader, ReadOnlySpan<byte> expected) =>
        reader.TryReadText(out ReadOnlySpan<byte> key) && key.SequenceEqual(expected);

    private static bool TryReadString(ref CborReader reader, [NotNullWhen(true)] out string? value)
    {
        value = reader.TryReadText(out ReadOnlySpan<byte> text) ? Encoding.UTF8.GetString(text) : null;
        return value is not null;
    }

    private static bool TryReadNumber(ref CborReader reader, out long? value)
    {
        value = reader.TryReadInteger(out long number) ? number : null;
        return value is not null;
    }

    private static bool TryReadNumbers(ref CborReader reader, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (!reader.TryReadArray(out int count))
        {
            return false;
        }

        byte[] read = new byte[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadUnsigned(out ulong value) || value > byte.MaxValue)
            {
                return false;
            }

            read[i] = (byte)value;
        }

        bytes = read;
        return true;
    }

    // Null and the booleans have one type; a boolean is refused by the read that follows.
    private static bool IsNull(in CborReader reader) => reader.TryPeekType(out CborMajorType type) && type == CborMajorType.Simple;
}
