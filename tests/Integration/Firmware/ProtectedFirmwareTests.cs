using Integration.Guests;
using Integration.Hosts;
using Integration.ProtectedVm;

namespace Integration.Firmware;

/// <summary>The same in protected VMs.</summary>
[Collection(ProtectedKvmCollection.Name)]
public sealed class ProtectedFirmwareTests(ProtectedKvm pkvm) : ProtectedTests(pkvm)
{
    private const string Option = "--protected-vm-with-firmware";

    [SkippableFact]
    public async Task The_core_library_the_primitives_and_the_platform_of_the_firmware_do_what_they_say_in_a_protected_vm()
    {
        CommandResult run = (await FirmwareUnderTest.Run(Work, Option)).ShouldExitWith(32);

        Assert.DoesNotContain("FAILED", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nprotected\n", run.Output, StringComparison.Ordinal);
        Assert.Matches("passed 0x[1-9a-f][0-9a-f]*, failed 0x0\n", run.Output);
    }

    [SkippableFact]
    public async Task A_kernel_that_a_firmware_hands_over_to_boots_to_its_command_in_a_protected_vm()
    {
        LinuxRun run = await new LinuxGuest("exit 9")
        {
            Kernel = "guest/protected",
            Before = FirmwareUnderTest.Make('h') + ";",
            Options = $"{Option} $W/firmware --pvmfw-key none --swiotlb 16",
            LogLevel = "error", // that nothing verifies this firmware is meant
        }.Run(Work);

        run.ShouldEndWith(9);
        Assert.Contains(", protected", run.Console, StringComparison.Ordinal);
    }
}
