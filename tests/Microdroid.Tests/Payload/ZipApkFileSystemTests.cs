using BootLoader.Apk;
using BootLoader.InstanceImage.Microdroid;
using BootLoader.Sources;
using Microdroid.Payload;

namespace Microdroid.Tests.Payload;

public sealed class ZipApkFileSystemTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zip-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [SkippableFact]
    public void The_files_of_an_APK_with_zeros_behind_it_can_be_read_by_the_payload_and_run_only_where_they_may()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess && File.Exists("/dev/fuse"), "needs root and FUSE");
        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_101_101); // The payload's user has to get there.
        string path = Path.Combine(_directory, "apk");
        using (ApkSigningKey key = ApkSigningKey.Create())
        using (MemoryStream output = new())
        {
            new ApkBuilder("com.example.payload").Add("lib/arm64-v8a/payload.so", new MemorySource("code"u8.ToArray())).Build(output, key);
            File.WriteAllBytes(path, [.. output.ToArray(), .. new byte[4096 - (output.Length % 4096)]]);
        }

        var apk = new VerifiedApk(path, new FileInfo(path).Length, new ApkData(new byte[32], new byte[64], "", 0));
        string target = Path.Combine(_directory, "apk-files"), extra = Path.Combine(_directory, "extra/0");
        ZipApkFileSystem files = new();
        try
        {
            files.Mount(apk, target, isExecutable: true);
            files.Mount(apk, extra, isExecutable: false);

            // Another process reads: this one serves the files, and must not wait for itself.
            byte[] read = Tool.Filter([], "setpriv", "--reuid", "6000", "--regid", "6000", "--clear-groups", "cat", Path.Combine(target, "lib/arm64-v8a/payload.so"));
            Assert.Equal("code"u8.ToArray(), read);
            string mounts = File.ReadAllText("/proc/self/mounts");
            Assert.Contains($" {target} ", mounts, StringComparison.Ordinal);
            string line = mounts.Split('\n').First(text => text.Contains($" {extra} ", StringComparison.Ordinal));
            Assert.Contains("ro,nosuid,nodev,noexec", line, StringComparison.Ordinal);
        }
        finally
        {
            files.UnmountAll();
        }

        Assert.DoesNotContain(_directory, File.ReadAllText("/proc/self/mounts"), StringComparison.Ordinal);
    }
}
