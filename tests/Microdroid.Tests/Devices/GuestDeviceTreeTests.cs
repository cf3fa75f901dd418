using Microdroid.Devices;

namespace Microdroid.Tests.Devices;

public sealed class GuestDeviceTreeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tree-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_is_not_in_the_tree_is_not_said()
    {
        GuestDeviceTree tree = new(_root);
        Assert.False(tree.IsStrictBoot);
        Assert.False(tree.IsNewInstance);
        Assert.Null(tree.ReadInstanceId());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    public void An_id_of_another_length_is_refused(int length)
    {
        Directory.CreateDirectory(Path.Combine(_root, "avf/untrusted"));
        File.WriteAllBytes(Path.Combine(_root, "avf/untrusted/instance-id"), new byte[length]);
        Assert.Throws<InvalidDataException>(() => new GuestDeviceTree(_root).ReadInstanceId());
    }
}
