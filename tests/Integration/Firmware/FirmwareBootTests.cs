using Integration.Guests;
using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>What a firmware stands on, in a normal VM: its platform, faults, and the way into a kernel.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class FirmwareBootTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Option = "--unprotected-vm-with-firmware";

    [Fact]
    public async Task The_core_library_the_primitives_and_the_platform_of_the_firmware_do_what_they_say()
    {
        CommandResult run = (await FirmwareUnderTest.Run(Work, Option)).ShouldExitWith(32);

        Assert.DoesNotContain("FAILED", run.Output, StringComparison.Ordinal);
        Assert.Matches("passed 0x[1-9a-f][0-9a-f]*, failed 0x0\n", run.Output);
    }

    [Theory]
    [InlineData('s', "fault, syndrome 0x9600004[57], .* address 0x7fe[0-9a-f]{5}\n")]
    [InlineData('i', "index out of range\n")]
    [InlineData('c', "fault, syndrome 0x9600004[ef], .* address 0x7fc00000\n")]
    [InlineData('x', "fault, syndrome 0x8600000f, .* address 0x7ffff000\n")]
    [InlineData('n', "fault, syndrome 0x9600000[567], .* address 0x80000000\n")]
    [InlineData('k', "fault, syndrome 0x9600004[ef], .* address 0x80000000\n")]
    [InlineData('u', "fault, syndrome 0x96000007, .* address 0x80000000\n")]
    [InlineData('f', "")]
    public async Task A_fault_of_the_firmware_ends_in_a_reset_with_its_reason(char breakage, string text)
    {
        CommandResult run = (await FirmwareUnderTest.Run(Work, Option, breakage)).ShouldExitWith(32);

        Assert.Matches(text, run.Output);
        Assert.Contains("\nPVM_FIRMWARE_INTERNAL_ERROR\n", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("the firmware did not start the kernel: PVM_FIRMWARE_INTERNAL_ERROR", run.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task A_kernel_that_a_firmware_hands_over_to_boots_to_its_command(string cpus)
    {
        LinuxRun run = await new LinuxGuest(
            """
            echo '== cpus'; nproc
            echo '== pool'; ls /proc/device-tree/reserved-memory
            exit 7
            """)
        {
            Kernel = "guest/protected",
            Cpus = cpus,
            Before = FirmwareUnderTest.Make('h') + ";",
            Options = $"{Option} $W/firmware --pvmfw-key none --swiotlb 16",
            LogLevel = "error", // that nothing verifies this firmware is meant
        }.Run(Work);

        run.ShouldEndWith(7);
        Assert.Contains("pvmfw: kernel of", run.Console, StringComparison.Ordinal);
        Assert.Equal(cpus, run.Section("cpus"));
        Assert.Contains("restricted_dma_reserved@8f000000", run.Section("pool"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_firmware_leaves_nothing_behind_but_the_page_that_it_hands_over()
    {
        CommandResult run = (await Work.Run(
            $"{FirmwareUnderTest.Make('h')} && ./vmm run {Option} $W/firmware --pvmfw-key none --serial type=stdout guests/handover.img </dev/null")).ShouldExitWith(0);

        Assert.Contains(
            """
            tree 00000000edfe0dd0
            registers 0000000000000000
            vectors 0000000000000000
            scratch 0000000000000000
            last page 2200000000000011
            sctlr 0000000030d01980
            """,
            run.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_tree_that_is_none_is_refused_with_a_reason()
    {
        CommandResult run = (await Work.Run(
            $"{FirmwareUnderTest.Make('h')} && ./vmm --extended-status run {Option} $W/firmware --pvmfw-key none --compat-date 2025-07-14 --serial type=stdout guest/protected </dev/null"))
            .ShouldExitWith(32);

        Assert.EndsWith("the firmware did not start the kernel: PVM_FIRMWARE_INVALID_FDT", run.Error.TrimEnd(), StringComparison.Ordinal);
    }
}
