namespace BootLoader.Tests;

/// <summary>Genuine test data beside the repository.</summary>
internal static class TestVector
{
    /// <summary>A file's bytes; the test is skipped when it is not at hand.</summary>
    /// <param name="name">Its path below <c>shared/vectors</c>.</param>
    public static byte[] Read(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared/vectors", name);
            if (File.Exists(path))
            {
                return File.ReadAllBytes(path);
            }
        }

        throw new SkipException($"the test data {name} is not beside the repository (shared/vectors)");
    }
}
