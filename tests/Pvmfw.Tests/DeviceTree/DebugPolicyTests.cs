using BootLoader.Fdt;
using Pvmfw.DeviceTree;

namespace Pvmfw.Tests.DeviceTree;

public sealed class DebugPolicyTests
{
    [Theory]
    [InlineData("/", "avf/guest/common")]
    [InlineData("/avf", "guest/common")]
    [InlineData("/avf/guest", "common")]
    [InlineData("/avf/guest/common", "")]
    public void An_overlay_says_what_its_nodes_would_say_at_their_target(string target, string below)
    {
        var tree = new FdtTree();
        tree.Root.AddChild("fragment@0").SetString("target-path", "/elsewhere");
        FdtNode fragment = tree.Root.AddChild("fragment@1");
        fragment.SetString("target-path", target);
        FdtNode node = fragment.AddChild("__overlay__");
        foreach (string step in below.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = node.AddChild(step);
        }

        node.SetU32("log", 1);

        DebugPolicy policy = DebugPolicy.Read(tree.ToBlob());

        Assert.True(policy.Log);
        Assert.False(policy.RamDump || policy.Adb);
    }

    [Theory]
    [InlineData("/avf/gues")]
    [InlineData("/avf/guest/commo")]
    [InlineData("/avf/guest/common/log")]
    [InlineData("avf")]
    public void An_overlay_for_another_target_says_nothing(string target)
    {
        var tree = new FdtTree();
        FdtNode fragment = tree.Root.AddChild("fragment@0");
        fragment.SetString("target-path", target);
        fragment.AddChild("__overlay__").SetU32("log", 1);
        fragment.Child("__overlay__")!.AddChild("common").SetU32("log", 1);

        Assert.False(DebugPolicy.Read(tree.ToBlob()).Log);
    }

    [Fact]
    public void Only_the_number_one_allows()
    {
        foreach (byte[] value in (byte[][])[[], [1], [0, 0, 0, 0], [0, 0, 0, 2], [1, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 1]])
        {
            var tree = new FdtTree();
            tree.Root.AddChild("avf").AddChild("guest").AddChild("common").SetBytes("log", value);
            Assert.False(DebugPolicy.Read(tree.ToBlob()).Log);
        }

        Assert.True(BootArgumentsTests.Policy(log: true, ramDump: false).Log);
    }

    [Fact]
    public void No_policy_and_a_malformed_one_allow_nothing()
    {
        foreach (byte[] blob in (byte[][])[[], [1, 2, 3], new byte[100]])
        {
            DebugPolicy policy = DebugPolicy.Read(blob);
            Assert.False(policy.Log || policy.RamDump || policy.Adb);
        }
    }
}
