using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>What the firmware refuses, with which word, and that nothing of the kernel runs then. Here in a normal VM, which verifies as a protected one does.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class FirmwareRefusalTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Option = "--unprotected-vm-with-firmware";

    [Fact]
    public Task A_payload_of_which_one_thing_is_not_as_it_was_signed_does_not_start() =>
        BootTable.Run(Work, Option, [.. TamperedPayloads.Few, .. TamperedPayloads.Many]);

    [Fact]
    public Task A_device_tree_that_breaks_a_rule_starts_nothing() => BootTable.Run(Work, Option, TamperedTrees.All);

    [Fact]
    public Task Configuration_data_and_hand_overs_that_are_not_sound_start_nothing() => BootTable.Run(Work, Option, TamperedConfigurations.All);

    [Fact]
    public Task An_instance_image_that_is_not_this_guests_starts_nothing() => InstanceSequence.Run(Work, Option);
}
