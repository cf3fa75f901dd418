using Integration.Hosts;
using Integration.ProtectedVm;

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
}
