namespace Bench;

/// <summary>Order statistics.</summary>
internal static class Distribution
{
    /// <summary>The value that this share of the sorted values does not exceed.</summary>
    internal static uint Percentile(uint[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(share * sorted.Length) - 1)];

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
