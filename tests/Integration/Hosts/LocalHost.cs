using System.Diagnostics;

namespace Integration.Hosts;

/// <summary>This machine, where it is an ARM64 one with a <c>/dev/kvm</c> we may use.</summary>
internal sealed class LocalHost : KvmHost
{
    /// <inheritdoc/>
    public override string Directory => Artifacts.Directory;

    /// <inheritdoc/>
    public override bool IsEmulated => false;

    /// <inheritdoc/>
    public override string? OtherUser => null;

    /// <summary>Whether tests can run here without a host VM.</summary>
    public static bool IsUsable
    {
        get
        {
            if (System.Runtime.InteropServices.RuntimeInformation.OSArchitecture != System.Runtime.InteropServices.Architecture.Arm64)
            {
                return false;
            }

            try
            {
                using FileStream kvm = File.Open("/dev/kvm", FileMode.Open, FileAccess.ReadWrite);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    protected override ProcessStartInfo Describe(string shellLine) => new("sh", ["-c", shellLine]);

    /// <inheritdoc/>
    protected override ProcessStartInfo DescribeOnTerminal(string shellLine) => new("script", ["-q", "-e", "-c", shellLine, "/dev/null"]);
}
