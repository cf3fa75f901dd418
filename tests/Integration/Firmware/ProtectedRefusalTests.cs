using Integration.Hosts;
using Integration.ProtectedVm;
using Integration.Refusals;

namespace Integration.Firmware;

/// <summary>The same in protected VMs.</summary>
[Collection(ProtectedKvmCollection.Name)]
public sealed class ProtectedRefusalTests(ProtectedKvm pkvm) : ProtectedTests(pkvm)
{
    private const string Option = "--protected-vm-with-firmware";

    [SkippableFact]
    public Task A_payload_that_is_not_as_it_was_signed_does_not_start_as_a_protected_vm() => BootTable.Run(Work, Option, TamperedPayloads.Few);

    [SkippableFact]
    public Task An_instance_image_that_is_not_this_guests_starts_no_protected_vm() => InstanceSequence.Run(Work, Option);

    [SkippableFact]
    public async Task A_protected_vm_starts_with_the_firmware_beside_vmm_and_not_with_one_that_was_changed_nor_with_none()
    {
        var payload = new TestPayload();
        byte[] changed = [.. TestFirmware.Image];
        changed[4711] ^= 1;
        await BootTable.Put(
            Work,
            [("pvmfw.img", TestFirmware.Image), ("changed", changed), ("device-secret", TestIdentity.DeviceSecret), ("kernel", payload.Sign()), ("initrd", payload.Normal!)]);
        string run = $"$W/vmm --extended-status --log-level error run --protected-vm {TestIdentity.Options} --mem 64 --swiotlb 4 --initrd $W/initrd $W/kernel </dev/null";

        CommandResult started = (await Work.Run($"cp vmm $W/vmm && {run}")).ShouldExitWith(0);
        Assert.EndsWith("up\n", started.Output.Replace("\r", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Refusal.Check(await Work.Run($"mv $W/changed $W/pvmfw.img && {run}"), 1, "pvmfw.img is refused");
        Refusal.Check(await Work.Run($"rm $W/pvmfw.img && {run}"), 1, "there is no firmware");
    }
}
