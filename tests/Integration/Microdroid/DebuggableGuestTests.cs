using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>What is seen of a guest that may be debugged, and of one that may not.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class DebuggableGuestTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Prompt = "microdroid # ";

    [Fact]
    public async Task A_person_types_at_the_console_of_a_debuggable_guest_while_it_is_watched_and_stopped()
    {
        await using HostProcess watch = Work.Start($"{VmCommand.Setup} exec vm list --watch");
        await watch.Expect("Running VMs: []\n");
        await using HostProcess vm = Work.Start($"{VmCommand.Setup} exec vm run-microdroid --connect-console --log $W/log </dev/null 2>&1");
        await vm.Expect("payload is ready\n", timeout: TimeSpan.FromMinutes(3));
        string cid = System.Text.RegularExpressions.Regex.Match(vm.Output, "CID ([0-9]+)").Groups[1].Value;

        await using (HostProcess terminal = Work.StartOnTerminal($"{VmCommand.Setup} stty rows 31 cols 117; stty -g; vm console; echo left with $?; stty -g"))
        {
            int at = await terminal.Expect("; Ctrl-A x leaves.");
            await terminal.Write("\r");
            at = await terminal.Expect(Prompt, at);
            await terminal.Write("echo hel''lo; id -u\r");
            at = await terminal.Expect("hello\r\n0\r\n", at);
            at = await terminal.Expect(Prompt, at);
            // Ctrl-C is a character while the shell edits the line, and the shell's own until the program is the terminal's: cat says when it is.
            await terminal.Write("echo hear''ing; cat\r");
            at = await terminal.Expect("hearing\r\n", at);
            await terminal.Write("heard\r");
            at = await terminal.Expect("heard\r\nheard\r\n", at);
            await terminal.Write("\x03");
            at = await terminal.Expect(Prompt, at);
            await terminal.Write("\x01x");
            at = await terminal.Expect("left with 0\r\n", at);
            string[] lines = (await terminal.End(TimeSpan.FromSeconds(30))).Text.Trim().Split('\n');
            Assert.Equal(lines[0], lines[^1]);
        }

        CommandResult wrong = await Work.RunVm("vm console 65000 </dev/null");
        VmConfigTests.ShouldRefuse(wrong, 35, "vm console needs a terminal");
        (await Work.RunVm($"vm stop {cid}")).ShouldExitWith(0);
        await vm.Expect("VM ended: Killed\n");
        (await vm.End(TimeSpan.FromSeconds(30))).ShouldExitWith(1);
        await watch.Expect("Running VMs: []\n", await watch.Expect($"cid: {cid},"));
        Assert.Contains("hostConsoleName: Some(\n            \"/dev/pts/", watch.Output, StringComparison.Ordinal);
        Assert.Contains("microdroid_manager: started.", (await Work.Run("cat $W/log")).Output, StringComparison.Ordinal);
        await watch.DisposeAsync();
        (await Work.Run("for p in $(grep -ls VMM_TEST=$VMM_TEST /proc/[0-9]*/environ | cut -d/ -f3); do [ $p != $$ ] && grep -qa list /proc/$p/cmdline && kill -INT $p; done; sleep 2")).ShouldExitWith(0);
    }

    [Fact]
    public async Task A_payload_has_no_rights_finds_its_files_and_is_left_half_of_the_memory()
    {
        await using GuestProcess guest = GuestProcess.StartApp(
            Work,
            "app",
            GuestRules.Inspect,
            "--config-path assets/vm_config_all.json --extra-idsig $W/extra.idsig",
            VmCommand.CopyHome + "copy_home; cp payloads/com.example.test.apex $W/home/etc/apex");

        GuestEnd end = (await guest.End()).ShouldEndWith("Shutdown", 7);

        GuestRules.CheckRights(end);
        Assert.Contains("/apex/com.example.test/etc/note.txt: content of an APEX", end.Section("files"));
        Assert.Contains("/mnt/extra-apk/0/assets/note.txt: content of an extra APK", end.Section("files"));
        Assert.InRange(GuestRules.UsedMib(end, 256), 1, 127);
        Assert.Contains(end.Section("mounts"), static line => System.Text.RegularExpressions.Regex.IsMatch(line, "^/ erofs ro[,$]?"));
    }

    /// <summary>The kernel and initrds of the guest, by hand and with a console: what they themselves say, whatever the service would let through.</summary>
    [Theory]
    [InlineData("debuggable", true)]
    [InlineData("normal", false)]
    public async Task The_initrd_that_may_not_be_debugged_says_nothing_on_console_and_log_and_gives_no_shell(string kind, bool speaks)
    {
        await Work.Put("vm.json", System.Text.Encoding.UTF8.GetBytes(
            $$"""
            {
              "kernel": "fs/microdroid_kernel",
              "initrd": "fs/microdroid_initrd_{{kind}}.img",
              "params": "panic=-1",
              "disks": [{ "partitions": [{ "label": "vbmeta_a", "path": "fs/microdroid_vbmeta.img" }, { "label": "super", "path": "fs/microdroid_super.img" }], "writable": false }],
              "console_input_device": "hvc0",
              "platform_version": "~1.0"
            }
            """));

        // It ends by itself: there is no payload. Until then somebody types.
        CommandResult run = await Work.RunVm(
            "ln -s $PWD/home/etc/fs $W/fs; (for i in $(seq 100); do echo 'echo a she''ll'; sleep 0.3; done) | vm run $W/vm.json --console $W/console --log $W/log; cat $W/console $W/log");

        Assert.Contains("VM ended: Microdroid", run.Output, StringComparison.Ordinal);
        string guest = run.Output[(run.Output.IndexOf("VM ended: ", StringComparison.Ordinal))..];
        guest = guest[(guest.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        if (speaks)
        {
            Assert.Contains("microdroid_manager: ", guest, StringComparison.Ordinal);
            Assert.Contains("Run /init as init process", guest, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("", guest);
        }
    }

    [Fact]
    public async Task Vm_info_tells_of_the_host_and_a_feature_is_there_or_not()
    {
        CommandResult info = (await Work.RunVm("vm info; vm check-feature-enabled com.android.kvm.MULTI_TENANT; vm check-feature-enabled none")).ShouldExitWith(0);

        Assert.Matches(
            "^Only non-protected VMs are supported.\nHypervisor version: kvm.arm\n/dev/kvm exists.\n/dev/vfio/vfio (exists|does not exist).\nVFIO-platform is (not )?supported.\n"
            + "Assignable devices: \\[\\]\nAvailable OS list: \\[\"microdroid\"\\]\n\n?Feature com.android.kvm.MULTI_TENANT is (en|dis)abled\nFeature none is disabled\n$",
            info.Output);
    }
}
