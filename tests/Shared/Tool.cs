using System.Diagnostics;

namespace Shared;

/// <summary>Runs a program of the system, on temporary files; a test whose program is missing is skipped and says so.</summary>
internal static class Tool
{
    /// <summary>Runs a program that reads standard input and writes standard output.</summary>
    public static byte[] Filter(byte[] input, string program, params string[] arguments)
    {
        (int status, byte[] output, string errors) = Run(input, program, arguments);
        Assert.True(status == 0, $"{program} {string.Join(' ', arguments)}: status {status}: {errors}");
        return output;
    }

    /// <summary>Runs a program with files as arguments: <c>{0}</c>, <c>{1}</c>… stand for files with the given contents, <c>{out}</c> for the result.</summary>
    public static byte[] OnFiles(string program, string[] arguments, params byte[][] files)
    {
        string directory = Directory.CreateTempSubdirectory("tool-").FullName;
        try
        {
            for (int i = 0; i < files.Length; i++)
            {
                File.WriteAllBytes(Path.Combine(directory, $"{i}"), files[i]);
                arguments = [.. arguments.Select(argument => argument.Replace($"{{{i}}}", Path.Combine(directory, $"{i}"), StringComparison.Ordinal))];
            }

            string result = Path.Combine(directory, "out");
            Filter([], program, [.. arguments.Select(argument => argument.Replace("{out}", result, StringComparison.Ordinal))]);
            return File.ReadAllBytes(result);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    public static (int Status, byte[] Output, string Errors) Run(byte[] input, string program, params string[] arguments)
    {
        // What only an administrator needs is in sbin, which is not on everyone's PATH.
        string path = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";
        string? found = path.Split(':').Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
        Skip.If(found is null, $"{program} is not installed");
        using Process process = Process.Start(new ProcessStartInfo(found!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task write = Task.Run(() =>
        {
            using Stream standardInput = process.StandardInput.BaseStream;
            standardInput.Write(input);
        });
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        write.Wait();
        return (process.ExitCode, output.ToArray(), errors.Result);
    }
}
