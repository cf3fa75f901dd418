using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Payload;
using VirtualizationService.Disks;

namespace VirtualizationService.Tests.Disks;

public sealed class PayloadDiskTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly ClientFiles _files;

    public PayloadDiskTests()
    {
        _files = new ClientFiles(_home);
        _files.WriteApk();
        _files.WriteInstance();
    }

    public void Dispose() => _home.Dispose();

    [Fact]
    public void A_configurations_path_is_that_of_the_guest_which_the_DICE_chain_shows()
    {
        using VirtualMachineAppConfig app = _files.AppConfig();
        app.Payload = new AppPayload { ConfigPath = "assets/vm_config.json" };

        PayloadMetadata metadata = Make(app);

        Assert.Equal("/mnt/apk/assets/vm_config.json", metadata.ConfigPath);
        Assert.Null(metadata.Config);
    }

    [Fact]
    public void A_payload_by_name_has_no_path()
    {
        using VirtualMachineAppConfig app = _files.AppConfig();

        PayloadMetadata metadata = Make(app);

        Assert.Null(metadata.ConfigPath);
        Assert.Equal("libpayload.so", metadata.Config!.PayloadBinaryName);
        Assert.Equal(("microdroid-apk", "microdroid-apk-idsig"), (metadata.Apk!.PayloadPartitionName, metadata.Apk.IdsigPartitionName));
    }

    [Theory]
    [InlineData("vm_config.json")]
    [InlineData("/mnt/apk/assets/vm_config.json")]
    [InlineData("/assets/vm_config.json")]
    public void A_path_that_the_APK_does_not_have_is_refused(string path)
    {
        using VirtualMachineAppConfig app = _files.AppConfig();
        app.Payload = new AppPayload { ConfigPath = path };

        RefusedException refusal = Assert.Throws<RefusedException>(() => Make(app));

        Assert.Equal((Refusal.Argument, $"the APK has no file {path}"), (refusal.Refusal, refusal.Message));
    }

    private PayloadMetadata Make(VirtualMachineAppConfig app)
    {
        using DiskImage disk = new PayloadDisk(_home["etc"]).Make(app);
        Assert.Equal(["payload-metadata", "microdroid-apk", "microdroid-apk-idsig"], disk.Partitions.Select(static partition => partition.Label));
        using FileDescriptor image = disk.Partitions[0].Image!.Duplicate();
        return PayloadMetadata.Read(File.ReadAllBytes($"/proc/self/fd/{image.DangerousGetHandle()}"));
    }
}
