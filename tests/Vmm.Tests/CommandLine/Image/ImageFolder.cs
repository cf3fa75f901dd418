using System.Security.Cryptography;
using System.Text.Json;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine.Image;

/// <summary>A folder for images and keys, and the command line on it.</summary>
internal sealed class ImageFolder : IDisposable
{
    private static readonly Lazy<string> s_key = new(NewKey), s_other = new(NewKey);

    public ImageFolder()
    {
        File.WriteAllText(At("key.pem"), s_key.Value);
        File.WriteAllText(At("other.pem"), s_other.Value);
    }

    private string Root { get; } = Directory.CreateTempSubdirectory("avb-").FullName;

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>The files but for the keys.</summary>
    public string[] Files() => [.. Directory.GetFiles(Root).Select(static path => Path.GetFileName(path)!).Except(["key.pem", "other.pem"]).Order()];

    public byte[] Write(string name, int size)
    {
        byte[] content = [.. Enumerable.Range(0, size).Select(static i => (byte)((i % 253) + 1))];
        File.WriteAllBytes(At(name), content);
        return content;
    }

    /// <summary>Runs <c>vmm image</c> and expects a status. Words that name a file here begin with <c>@</c>.</summary>
    public string Run(int status, params string[] args)
    {
        var cli = new CommandLineUnderTest();
        Assert.Equal(status, cli.Invoke(["image", .. args.Select(Named)]));
        return cli.Output.ToString();
    }

    public JsonElement Json(int status, params string[] args) => JsonDocument.Parse(Run(status, [.. args, "--json"])).RootElement;

    public string Failure(params string[] args)
    {
        VmmException failure = Assert.ThrowsAny<VmmException>(() => new CommandLineUnderTest().Invoke(["image", .. args.Select(Named)]));
        Assert.DoesNotContain('\n', failure.Message);
        return failure.Message.Replace(Root, "", StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private string Named(string word) => word.Replace("@", $"{Root}/", StringComparison.Ordinal);

    private static string NewKey()
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportPkcs8PrivateKeyPem();
    }
}
