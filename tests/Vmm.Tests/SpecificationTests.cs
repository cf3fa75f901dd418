using System.Text.RegularExpressions;

namespace Vmm.Tests;

/// <summary>Holds docs/SPECIFICATION.md to its word: a claim names a test, and the test is there.</summary>
public sealed partial class SpecificationTests
{
    [Fact]
    public void Every_claim_names_a_test_and_every_test_named_exists()
    {
        string tree = Repository.Root;
        string sources = string.Concat(
            Directory.EnumerateFiles(Path.Combine(tree, "tests"), "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
                .Select(File.ReadAllText));
        string[] claims = [.. File.ReadLines(Path.Combine(tree, "docs", "SPECIFICATION.md")).Where(line => Claim().IsMatch(line))];

        Assert.True(claims.Length > 50, $"only {claims.Length} claims were found");
        Assert.All(claims, claim =>
        {
            string[] tests = [.. Test().Matches(claim).Select(match => match.Groups[1].Value)];
            Assert.True(tests.Length > 0, $"no test is named: {claim}");
            Assert.All(tests, test => Assert.True(
                Regex.IsMatch(sources, $@"\b(void|Task) {Regex.Escape(test)}\("), $"no test {test}, which is to show: {claim}"));
        });
    }

    [Fact]
    public void Claims_are_numbered_without_a_gap_in_each_section()
    {
        var expected = (Section: 0, Number: 1);
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "docs", "SPECIFICATION.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                expected = (expected.Section + 1, 1);
            }
            else if (Claim().IsMatch(line))
            {
                Assert.StartsWith($"| {expected.Section}.{expected.Number} |", line, StringComparison.Ordinal);
                expected.Number++;
            }
        }
    }

    [GeneratedRegex(@"^\| \d+\.\d+ \|")]
    private static partial Regex Claim();

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*_[A-Za-z0-9_]+)`")]
    private static partial Regex Test();
}
