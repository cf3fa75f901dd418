using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using MicrodroidInit.Platform;

namespace MicrodroidInit.Tests;

/// <summary>Every number of the kernel's against its headers, by a compiler for ARM64.</summary>
public sealed partial class LinuxAbiTests
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <asm/fcntl.h>
        #include <asm/ioctls.h>
        #include <asm/signal.h>
        #include <asm/termbits.h>
        #include <asm/unistd.h>
        #include <linux/errno.h>
        #include <linux/fs.h>
        #include <linux/mount.h>
        #include <stddef.h>

        """;

    [SkippableFact]
    public void Numbers_are_those_of_the_headers()
    {
        var source = new StringBuilder(Headers);
        int count = 0;
        foreach (FieldInfo field in typeof(LinuxAbi).GetFields(BindingFlags.Public | BindingFlags.Static).Where(static field => HeaderName().IsMatch(field.Name)))
        {
            source.Append($"_Static_assert(({field.Name}) == {field.GetRawConstantValue()}u, \"{field.Name}\");\n");
            count++;
        }

        Assert.InRange(count, 20, 100);
        source.Append($"_Static_assert(sizeof(struct termios) == {LinuxAbi.TermiosSize}, \"termios\");\n");
        source.Append($"_Static_assert(offsetof(struct termios, c_oflag) == {LinuxAbi.TermiosOutputModes}, \"c_oflag\");\n");
        Compiles(source.ToString());
    }

    [SkippableFact]
    public void System_calls_have_the_numbers_of_the_headers()
    {
        var source = new StringBuilder(Headers);
        foreach (SystemCallNumber number in Enum.GetValues<SystemCallNumber>())
        {
            string name = Underscored().Replace($"{number}", "_").ToLowerInvariant();
            source.Append($"_Static_assert(__NR_{name} == {(int)number}, \"{name}\");\n");
        }

        Compiles(source.ToString());
    }

    private static void Compiles(string source)
    {
        (int status, _, string errors) = Tool.Run(Encoding.ASCII.GetBytes(source), "aarch64-linux-gnu-gcc", "-fsyntax-only", "-x", "c", "-");
        Assert.True(status == 0, errors);
    }

    [GeneratedRegex("^[A-Z][A-Z0-9_]+$")]
    private static partial Regex HeaderName();

    // ClockGettime is clock_gettime; openat is one word there and here.
    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Underscored();
}
