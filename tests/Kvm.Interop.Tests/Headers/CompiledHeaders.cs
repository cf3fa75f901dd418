using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kvm.Interop.Tests.Headers;

/// <summary>A C compiler for ARM64 and a set of headers: the judge of every number and layout in the interop.</summary>
internal sealed class CompiledHeaders(string compiler, string[] options)
{
    /// <summary>Names the root of an unpacked linux-libc-dev package of Debian 13 or later; its kernel knows every name of the interop (7.3).</summary>
    internal const string NewerHeadersVariable = "VMM_KERNEL_HEADERS";

    /// <summary>The headers installed for ARM64, or null with the reason.</summary>
    internal static CompiledHeaders? Installed(out string reason)
    {
        string compiler = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "gcc" : "aarch64-linux-gnu-gcc";
        reason = $"{compiler} is not installed (Debian: gcc-aarch64-linux-gnu and linux-libc-dev-arm64-cross)";
        return Runs(compiler) ? new CompiledHeaders(compiler, []) : null;
    }

    /// <summary>The kernel headers that the environment names, or null with the reason.</summary>
    internal static CompiledHeaders? Newer(out string reason)
    {
        CompiledHeaders? installed = Installed(out reason);
        string? root = Environment.GetEnvironmentVariable(NewerHeadersVariable);
        if (root is null)
        {
            reason = $"{NewerHeadersVariable} names no unpacked linux-libc-dev package";
            return null;
        }

        return installed?.Over(root);
    }

    /// <summary>What the compiler says to a source text; empty when every assertion holds.</summary>
    internal string Check(string source)
    {
        (int status, string output) = Run(["-std=gnu11", "-fsyntax-only", .. options, "-x", "c", "-"], source);
        return status == 0 ? "" : output;
    }

    private static bool Runs(string compiler)
    {
        try
        {
            return new CompiledHeaders(compiler, []).Run(["--version"], "").Status == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private CompiledHeaders Over(string root)
    {
        string own = Run(["-print-file-name=include"], "").Output.Trim();
        string[] folders = [Path.Combine(root, "usr/lib/linux/uapi/arm64"), Path.Combine(root, "usr/include"), own];
        return new CompiledHeaders(compiler, [$"-D{InteropSource.AllNames}", "-nostdinc", .. folders.SelectMany(folder => new[] { "-isystem", folder })]);
    }

    private (int Status, string Output) Run(string[] arguments, string input)
    {
        using Process process = Process.Start(new ProcessStartInfo(compiler, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors.Result);
    }
}
