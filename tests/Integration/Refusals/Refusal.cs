using Integration.Hosts;

namespace Integration.Refusals;

/// <summary>The form that every refusal has.</summary>
internal static class Refusal
{
    /// <summary>Fails the test unless there is exactly one line, on standard error, from vmm, with this in it.</summary>
    public static void Check(CommandResult run, int status, string says)
    {
        run.ShouldExitWith(status);
        Assert.Equal("", run.Output);
        Assert.StartsWith("vmm: ", run.Error, StringComparison.Ordinal);
        Assert.Equal(run.Error.Length - 1, run.Error.IndexOf('\n', StringComparison.Ordinal));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("bug in vmm", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", run.Error, StringComparison.Ordinal);
    }
}
