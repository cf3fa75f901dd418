using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microdroid.Tests.Flow;

/// <summary>An APK, idsig or APEX as the tests write it: JSON, with zeros behind it up to a whole block.</summary>
internal sealed record FakePackage
{
    public const int BlockSize = 4096;

    public string Package { get; init; } = "com.example.payload";

    public ulong Version { get; init; } = 7;

    public string Signer { get; init; } = "somebody";

    /// <summary>Whether the signature is right.</summary>
    public bool IsGenuine { get; init; } = true;

    /// <summary>The files in it.</summary>
    public Dictionary<string, string> Entries { get; init; } = new() { ["lib/arm64-v8a/payload.so"] = "code" };

    /// <summary>Of an idsig or APEX: the root of the tree.</summary>
    public string Root { get; init; } = "";

    [JsonIgnore]
    public byte[] Bytes
    {
        get
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(this);
            Array.Resize(ref json, (json.Length + BlockSize - 1) / BlockSize * BlockSize);
            return json;
        }
    }

    public static FakePackage Read(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize<FakePackage>(bytes.TrimEnd((byte)0))!;
}
