using System.Buffers.Binary;
using Integration.Hosts;
using Integration.ProtectedVm;

namespace Integration.Firmware;

/// <summary>Verified boots of protected VMs, and what their host sees of them.</summary>
[Collection(ProtectedKvmCollection.Name)]
public sealed class ProtectedVerifiedBootTests(ProtectedKvm pkvm) : ProtectedTests(pkvm)
{
    private const string Option = "--protected-vm-with-firmware";

    [SkippableFact]
    public async Task A_signed_guest_boots_as_a_protected_vm_with_devices_and_has_its_secrets_again_at_the_next_boot()
    {
        await VerifiedGuest.PutFiles(Work);
        string first = await VerifiedBoot.Run(Work, Option, isDebuggable: false, isNew: true);
        Assert.Equal(first, await VerifiedBoot.Run(Work, Option, isDebuggable: false, isNew: false));
    }

    [SkippableFact]
    public async Task A_guest_signed_for_debugging_boots_as_a_protected_vm_with_devices()
    {
        await VerifiedGuest.PutFiles(Work);
        await VerifiedBoot.Run(Work, Option, isDebuggable: true, isNew: true);
    }

    /// <summary>Before any device was used.</summary>
    [SkippableFact]
    public async Task The_host_reads_neither_what_a_verified_guest_has_written_nor_the_secrets_it_was_given()
    {
        await using SecretGuest guest = await FirmwareSecretGuest.Start(Work, Option, "--socket $W/socket");
        await guest.ShouldBeIntact();

        (await Work.Run("./vmm suspend $W/socket")).ShouldExitWith(0);
        foreach (string word in FirmwareSecretGuest.Words)
        {
            MemoryScan scan = await guest.Scan("mem", word);
            Assert.Equal(scan.Pages, scan.Read);
            Assert.Equal(0, scan.WithWord);
        }

        await guest.Kill();
    }

    [SkippableTheory]
    [InlineData("during")]
    [InlineData("after")]
    public async Task The_host_reads_what_passes_through_the_shared_pool_and_nothing_else_of_a_guest_with_devices(string time)
    {
        // The words are in no file: "abcdefg" becomes one that stays in memory, "hijklmn" one that goes to the disk.
        await VerifiedGuest.PutFiles(Work);
        await using HostProcess vm = await VerifiedGuest.Make(
            Option,
            $$"""
            yes $(echo abcdefg | tr a-g t-z) | head -c 4194304 >/tmp/kept
            yes $(echo hijklmn | tr h-n T-Z) | head -c 4194304 >/tmp/shown
            write() { dd if=/tmp/shown of=/dev/vdb bs=64k oflag=direct 2>/dev/null; }
            write
            echo 'written'
            while [ {{time}} = during ]; do write; done
            sleep 600
            """,
            isDebuggable: false,
            "--block path=$W/disk --socket $W/socket --swiotlb 16",
            "truncate -s 4M $W/disk").Start(Work);
        await vm.Expect("written\n");
        (await Work.Run("./vmm suspend $W/socket")).ShouldExitWith(0);
        string pid = (await Work.Run("./vmm status $W/socket | awk '$1 == \"pid\" { print $2 }'")).ShouldExitWith(0).Output.Trim();

        async Task<MemoryScan> Scan(string text)
        {
            string word = BinaryPrimitives.ReadUInt64LittleEndian(System.Text.Encoding.ASCII.GetBytes(text)).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
            return MemoryScan.Parse((await Work.Run($"./HostProbe scan {pid} {word} mem")).ShouldExitWith(0).Output);
        }

        // The pool is read first: from the rest nothing is left after a look at it.
        MemoryScan shown = await Scan("TUVWXYZ\n"), kept = await Scan("tuvwxyz\n");
        Assert.Equal(kept.Pages, kept.Read);
        Assert.InRange(shown.WithWord, 1, 16 << 8);
        Assert.Equal(0, kept.WithWord);
        Assert.Equal("TUVWXYZ\n", (await Work.Run("head -c 8 $W/disk")).Output);
        (await Work.Run($"kill -9 {pid}")).ShouldExitWith(0);
        await vm.End(TimeSpan.FromSeconds(30));
    }
}
