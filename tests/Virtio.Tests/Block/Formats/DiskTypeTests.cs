using Virtio.Block;
using Virtio.Block.Formats.Composite;
using Virtio.Block.Formats.Qcow2;

namespace Virtio.Tests.Block.Formats;

public sealed class DiskTypeTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    [Fact]
    public void A_disk_is_opened_as_the_type_that_is_said_and_as_no_other()
    {
        _folder.NewQcow2("qcow2", new Qcow2Creation(1 << 20)).Dispose();
        File.WriteAllBytes(_folder["raw"], new byte[4096]);
        CompositeMessage message = new() { Version = 2, Length = 4096, Components = { new ComponentMessage { FilePath = _folder["raw"] } } };
        File.WriteAllBytes(_folder["composite"], [.. CompositeSpecification.Magic, .. message.ToByteArray()]);
        List<string> warnings = [];
        foreach (string name in (string[])["qcow2", "composite"])
        {
            DiskType type = Enum.Parse<DiskType>(name, ignoreCase: true);
            using (IDisk disk = DiskFile.Open(_folder[name], type, new DiskOpenOptions(), warnings.Add))
            {
                Assert.Equal(type == DiskType.Qcow2 ? 1UL << 20 : 4096, disk.Size);
            }

            foreach (DiskType other in Enum.GetValues<DiskType>().Where(other => other != type && other != DiskType.Raw))
            {
                Assert.StartsWith($"{_folder[name]} is no ", Assert.Throws<DiskException>(() => DiskFile.Open(_folder[name], other, new DiskOpenOptions(), warnings.Add)).Message, StringComparison.Ordinal);
            }
        }

        Assert.Empty(warnings);
        using IDisk raw = DiskFile.Open(_folder["qcow2"], DiskType.Raw, new DiskOpenOptions(), warnings.Add);
        Assert.Equal((ulong)new FileInfo(_folder["qcow2"]).Length, raw.Size);
        Assert.Single(warnings);
    }

    [Fact]
    public void A_backing_file_is_opened_only_where_the_user_says_so()
    {
        File.WriteAllBytes(_folder["base"], DiskBytes.Pattern(1, 4096));
        _folder.NewQcow2("disk", new Qcow2Creation(4096) { BackingFile = "base" }).Dispose();
        DiskException refusal = Assert.Throws<DiskException>(() => DiskFile.Open(_folder["disk"], DiskType.Qcow2, new DiskOpenOptions(), static _ => { }));
        Assert.Equal($"{_folder["disk"]} has the backing file base, which is opened only with allow-backing", refusal.Message);
        using IDisk disk = DiskFile.Open(_folder["disk"], DiskType.Qcow2, new DiskOpenOptions(AllowBacking: true), static _ => { });
        Assert.Equal(DiskBytes.Pattern(1, 4096), disk.Read(0, 4096));
    }

    public void Dispose() => _folder.Dispose();
}
