using System.Runtime.CompilerServices;

namespace Pvmfw.Tests;

/// <summary>Text that a person has approved, in a file beside the test. <c>VMM_UPDATE_GOLDEN=1</c> writes what the program says now.</summary>
internal static class GoldenText
{
    public static void Check(string name, string actual, [CallerFilePath] string testFile = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(testFile)!, "Golden", name);
        if (Environment.GetEnvironmentVariable("VMM_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"{path} is missing; VMM_UPDATE_GOLDEN=1 makes it");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
