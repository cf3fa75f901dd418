using Integration.Guests;
using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>VMs from JSON files.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class VmConfigTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Fact]
    public async Task A_kernel_with_its_initrd_and_a_disk_boots_as_the_file_says()
    {
        await Work.Run("mkdir -p $W/root/etc/vmm; head -c 1048576 /dev/zero | tr '\\0' x >$W/disk.img; cp $LINUX $W/kernel");
        string initrd = $"(cd $W/root && find etc | cpio -o -H newc 2>/dev/null) | cat guest/initrd guest/modules/{Path.GetFileName(LinuxGuest.KernelPath(Artifacts.Kernels[0]))} - >$W/initrd";
        (await Work.Run($"cat >$W/root/etc/vmm/command; {initrd}", "nproc; grep MemTotal /proc/meminfo; cat /sys/class/block/*/uevent | grep PARTNAME; cat /proc/cmdline; exit 3")).ShouldExitWith(0);
        await Json(
            """
            {
              "name": "raw",
              "kernel": "kernel",
              "initrd": "initrd",
              "params": "console=ttyS0 quiet from.the.file",
              "disks": [{ "partitions": [{ "label": "first", "path": "disk.img" }, { "label": "second", "path": "disk.img" }], "writable": false }],
              "memory_mib": 200,
              "cpu_topology": "match_host",
              "platform_version": "~1.0"
            }
            """);

        CommandResult run = await Work.RunVm("vm run $W/vm.json --console $W/console --log $W/log </dev/null; s=$?; cat $W/console; exit $s");

        run.ShouldExitWith(0);
        Assert.Matches("^Created debuggable VM from .*/vm.json with CID [0-9]+, state is STARTED.\n|, state is STARTING.\n", run.Text);
        Assert.Contains("\nVM ended: Shutdown\n", run.Text, StringComparison.Ordinal);
        string cpus = (await Work.Run("nproc")).Output;
        Assert.Contains($"\n{cpus}MemTotal:", run.Text, StringComparison.Ordinal);
        Assert.Matches("MemTotal: +1[5-9][0-9]{4} kB\n", run.Text);
        Assert.Contains("PARTNAME=first\nPARTNAME=second\n", run.Text, StringComparison.Ordinal);
        Assert.Contains("from.the.file", run.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\n  \"kernel\": \"kernel\",\n  \"platform_version\": \"~1.0\",\n  \"memory_mb\": 1\n}", ":4:3: unknown member 'memory_mb'")]
    [InlineData("{ \"kernel\": \"kernel\", \"platform_version\": \"~1.0\", }", ":1:")]
    [InlineData("{\n\"kernel\": 5, \"platform_version\": \"~1.0\" }", ":2:")]
    [InlineData("{ \"kernel\": \"kernel\" }", "platform_version is missing")]
    [InlineData("{ \"platform_version\": \"~1.0\" }", "a kernel or a bootloader is needed")]
    [InlineData("{ \"kernel\": \"kernel\", \"kernel\": \"kernel\", \"platform_version\": \"~1.0\" }", ":1:23: the member 'kernel' is given twice")]
    [InlineData("{ \"kernel\": \"kernel\", \"platform_version\": \"~1.0\", \"disks\": [{ \"image\": \"a\", \"partitions\": [{ \"label\": \"b\", \"path\": \"c\" }] }] }", "disks[0] must have exactly one of image and partitions")]
    public async Task A_file_that_is_wrong_is_refused_with_its_line_and_column(string json, string says)
    {
        await Json(json);

        CommandResult run = await Work.RunVm("vm run $W/vm.json </dev/null");

        ShouldRefuse(run, 35, $"{Work.Path}/vm.json:");
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_names_what_cannot_be_had_is_refused_before_a_vm_is_made()
    {
        await Json("{ \"kernel\": \"none\", \"platform_version\": \"~1.0\" }");
        ShouldRefuse(await Work.RunVm("vm run $W/vm.json </dev/null"), 1, "cannot open the VM's kernel");
        await Json("{ \"kernel\": \"kernel\", \"platform_version\": \"~2.0\" }");
        ShouldRefuse(await Work.RunVm("cp guests/poweroff.img $W/kernel; vm run $W/vm.json </dev/null"), 1, "~2.0");
        // As in AVF, the kernel of an unprotected VM is its user's affair; what other users could write to is no image.
        await Json("{ \"kernel\": \"kernel\", \"platform_version\": \"~1.0\", \"disks\": [{ \"image\": \"disk\" }] }");
        ShouldRefuse(await Work.RunVm("cp guests/poweroff.img $W/disk; chmod o+w $W/disk; vm run $W/vm.json </dev/null"), 1, "may be written by everybody: chmod o-w");
        Assert.Equal("Running VMs: []\n", (await Work.RunVm("vm list")).Output);
    }

    /// <summary>One line, from vm, that is no stack trace.</summary>
    internal static void ShouldRefuse(CommandResult run, int status, string says)
    {
        run.ShouldExitWith(status);
        Assert.True(run.Output.Length == 0 && run.Error.StartsWith("vm: ", StringComparison.Ordinal) && run.Error.IndexOf('\n', StringComparison.Ordinal) == run.Error.Length - 1, $"{run}");
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("bug in vm", run.Error, StringComparison.Ordinal);
    }

    private async Task Json(string text) => await Work.Put("vm.json", System.Text.Encoding.UTF8.GetBytes(text));
}
