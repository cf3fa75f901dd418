using Microdroid.Configuration;
using Microdroid.Failure;
using Microdroid.Payload;

namespace Microdroid.Tests.Payload;

public class PayloadCommandTests
{
    [Fact]
    public void A_library_lies_in_the_APKs_directory_for_this_machine()
    {
        string? asked = null;
        PayloadCommand command = Of(TaskType.MicrodroidLauncher, "payload.so", name =>
        {
            asked = name;
            return true;
        });
        Assert.Equal(new PayloadCommand("/mnt/apk/lib/arm64-v8a/payload.so", IsLibrary: true), command);
        Assert.Equal("lib/arm64-v8a/payload.so", asked);
        Assert.Equal(["--", "/usr/bin/microdroid_launcher", "/mnt/apk/lib/arm64-v8a/payload.so"], LauncherArguments.Of(command).SkipWhile(argument => argument != "--"));
    }

    [Theory]
    [InlineData("bin/tool", "/mnt/apk/bin/tool")]
    [InlineData("/mnt/apk/bin/tool", "/mnt/apk/bin/tool")]
    [InlineData("/apex/com.example/bin/tool", "/apex/com.example/bin/tool")]
    [InlineData("/mnt/extra-apk/0/tool", "/mnt/extra-apk/0/tool")]
    public void A_program_lies_where_payloads_are(string command, string path)
    {
        PayloadCommand program = Of(TaskType.Executable, command, _ => true);
        Assert.Equal(new PayloadCommand(path, IsLibrary: false), program);
        Assert.Equal(["--", path], LauncherArguments.Of(program).SkipWhile(argument => argument != "--"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".so")]
    [InlineData("payload")]
    [InlineData("../payload.so")]
    [InlineData("/usr/lib/libc.so")]
    [InlineData("a/payload.so")]
    [InlineData("pay\0load.so")]
    [InlineData("pay\nload.so")]
    [InlineData("payload.so.6")]
    public void What_is_no_name_of_a_library_is_refused(string name) => AssertRefused(TaskType.MicrodroidLauncher, name);

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/usr/bin/busybox")]
    [InlineData("/mnt/apk/../../usr/bin/busybox")]
    [InlineData("../bin/tool")]
    [InlineData("bin//tool")]
    [InlineData("bin/./tool")]
    [InlineData("bin/tool/")]
    [InlineData("/apex/")]
    [InlineData("/apexes/tool")]
    [InlineData("bin/to\0ol")]
    public void A_path_that_leaves_where_payloads_are_is_refused(string path) => AssertRefused(TaskType.Executable, path);

    [Fact]
    public void What_is_not_in_the_APK_is_not_run()
    {
        Assert.Throws<MicrodroidException>(() => Of(TaskType.MicrodroidLauncher, "payload.so", _ => false));
        Assert.Throws<MicrodroidException>(() => Of(TaskType.Executable, "bin/tool", _ => false));
    }

    private static void AssertRefused(TaskType type, string command)
    {
        MicrodroidException e = Assert.Throws<MicrodroidException>(() => Of(type, command, _ => true));
        Assert.Equal(FailureReason.PayloadInvalidConfig, e.Reason);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }

    private static PayloadCommand Of(TaskType type, string command, Func<string, bool> hasEntry) =>
        PayloadCommand.Of(new PayloadTask { Type = type, Command = command }, hasEntry);
}
