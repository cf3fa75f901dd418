using System.Text;
using BootLoader.Apk;

namespace BootLoader.Tests.Apk;

public sealed class AndroidManifestTests
{
    private static readonly AndroidManifest s_manifest = new() { Package = "com.example.payload", VersionCode = 0x1234_5678_9abc_def0, VersionName = "1.2 ü" };

    [Fact]
    public void What_is_written_is_read_again()
    {
        AndroidManifest read = AndroidManifest.Read(s_manifest.ToBytes());
        Assert.Equal((s_manifest.Package, s_manifest.VersionCode, s_manifest.VersionName), (read.Package, read.VersionCode, read.VersionName));
        read = AndroidManifest.Read(new AndroidManifest { Package = "a", VersionCode = 7 }.ToBytes());
        Assert.Equal(("a", 7UL, null), (read.Package, read.VersionCode, read.VersionName));
        Assert.Equal(s_manifest.ToBytes(), s_manifest.ToBytes());
    }

    [SkippableFact]
    public void Androids_aapt_reads_it_as_it_was_meant()
    {
        byte[] apk = TestApk.Small;
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, apk);
            (int status, byte[] output, string errors) = Tool.Run([], "aapt", "dump", "badging", path);
            string text = Encoding.UTF8.GetString(output);
            Assert.True(status == 0, text + errors);
            Assert.StartsWith("package: name='com.example.payload' versionCode='7'", text, StringComparison.Ordinal);
            Assert.Contains("sdkVersion:'28'", text, StringComparison.Ordinal);
            (status, output, errors) = Tool.Run([], "aapt", "dump", "xmltree", path, AndroidManifest.EntryName);
            text = Encoding.UTF8.GetString(output);
            Assert.True(status == 0, text + errors);
            Assert.Contains("versionCodeMajor(0x01010576)=(type 0x10)0x1", text, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("<manifest package=\"a\"/>")]
    public void Text_is_refused(string text) => Assert.Equal(
        "AndroidManifest.xml is not Android's binary XML; text is made binary when an APK is built",
        Assert.Throws<ApkException>(() => AndroidManifest.Read(Encoding.UTF8.GetBytes(text))).Message);

    [Fact]
    public void A_manifest_that_is_cut_at_any_byte_is_refused()
    {
        byte[] xml = s_manifest.ToBytes();
        for (int length = 0; length < xml.Length; length++)
        {
            Assert.Throws<ApkException>(() => AndroidManifest.Read(xml.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Mutated_manifests_never_do_more_than_be_refused()
    {
        var random = new Random(29);
        byte[] xml = s_manifest.ToBytes();
        for (int round = 0; round < 10_000; round++)
        {
            byte[] mutant = [.. xml];
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                mutant[random.Next(mutant.Length)] = (byte)(random.Next(3) switch { 0 => 255, 1 => random.Next(4), _ => random.Next(256) });
            }

            try
            {
                Assert.NotEmpty(AndroidManifest.Read(mutant).Package);
            }
            catch (ApkException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }
    }
}
