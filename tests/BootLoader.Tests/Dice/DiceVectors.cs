using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BootLoader.Tests.Dice;

/// <summary>The genuine data: open-dice's expected values and the hand-over that AVF's tests use. Tests are skipped when it is not there.</summary>
internal static class DiceVectors
{
    /// <summary>One of open-dice's expected values, by the name of its constant.</summary>
    public static byte[] Expected(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Find("open-dice.json")));
        return Convert.FromHexString(json.RootElement.GetProperty(name).GetString()!);
    }

    /// <summary>A hand-over of two certificates, made by the boot loader of a device.</summary>
    public static byte[] Handover() => File.ReadAllBytes(Find("handover.bcc.dat"));

    /// <summary>An input of open-dice's tests: SHA-512 in counter mode, from a name.</summary>
    public static byte[] Fake(string seed, int length)
    {
        byte[] state = SHA512.HashData(Encoding.ASCII.GetBytes(seed));
        Assert.InRange(length, 0, state.Length);
        return SHA512.HashData(state)[..length];
    }

    private static string Find(string name, [CallerFilePath] string here = "")
    {
        string path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../../shared/vectors/dice", name));
        Skip.IfNot(File.Exists(path), $"there is no {path}");
        return path;
    }
}
