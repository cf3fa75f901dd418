using System.Globalization;
using Microdroid.Devices;

namespace Microdroid.Tests.Devices;

public sealed class SysfsPartitionsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sysfs-").FullName;

    public SysfsPartitionsTests()
    {
        Add("vda", "MAJOR=254\nMINOR=0\nDEVNAME=vda\nDEVTYPE=disk\n", "100");
        Add("vdb1", "MAJOR=254\nDEVTYPE=partition\nPARTN=1\nPARTNAME=vm-instance\n", "20480\n");
        Add("vdc1", "PARTN=1\nPARTNAME=payload-metadata\n", "8\n");
        Add("vdc2", "PARTN=2\nPARTNAME=microdroid-apk\n", "much");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_partition_is_found_by_its_whole_name_and_has_its_size()
    {
        SysfsPartitions partitions = new(_directory);
        Assert.Equal(new Partition("vm-instance", "/dev/vdb1", 10 << 20), partitions.Find("vm-instance"));
        Assert.Equal("/dev/vdc1", partitions.Find("payload-metadata")?.Device);
        Assert.Null(partitions.Find("vm"));
        Assert.Null(partitions.Find("vm-instance2"));
        Assert.Null(partitions.Find(""));
    }

    [Fact]
    public void Two_partitions_with_one_name_are_refused()
    {
        Add("vdd1", "PARTNAME=vm-instance\n", "8");
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => new SysfsPartitions(_directory).Find("vm-instance"));
        Assert.Equal("two partitions are named 'vm-instance': /dev/vdb1 and vdd1", e.Message);
    }

    [Theory]
    [InlineData("much")]
    [InlineData("-8")]
    [InlineData("9223372036854775807")]
    [InlineData("")]
    public void A_size_that_is_none_is_refused(string size)
    {
        Add("vdc2", "PARTNAME=microdroid-apk\n", size);
        Assert.Throws<InvalidDataException>(() => new SysfsPartitions(_directory).Find("microdroid-apk"));
    }

    [Fact]
    public void A_device_that_goes_away_is_passed_over()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "vde"));
        Assert.NotNull(new SysfsPartitions(_directory).Find("vm-instance"));
    }

    /// <summary>A file in sysfs is said to have a page, whatever is in it.</summary>
    [SkippableFact]
    public void A_file_of_the_kernels_is_read_though_it_is_shorter_than_the_kernel_says()
    {
        string? real = Directory.Exists("/sys/class/block") ? Directory.GetDirectories("/sys/class/block").FirstOrDefault() : null;
        Skip.If(real is null, "this machine has no block device");
        Add("vdf1", "PARTNAME=real\n", "");
        string size = Path.Combine(_directory, "vdf1", "size");
        File.Delete(size);
        File.CreateSymbolicLink(size, Path.Combine(real!, "size"));
        long sectors = long.Parse(File.ReadAllText(size), CultureInfo.InvariantCulture);
        Assert.Equal(new Partition("real", "/dev/vdf1", sectors * 512), new SysfsPartitions(_directory).Find("real"));
    }

    private void Add(string device, string uevent, string size)
    {
        string directory = Directory.CreateDirectory(Path.Combine(_directory, device)).FullName;
        File.WriteAllText(Path.Combine(directory, "uevent"), uevent);
        File.WriteAllText(Path.Combine(directory, "size"), size);
    }
}
