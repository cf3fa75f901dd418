using Integration.Hosts;

namespace Integration.Refusals;

/// <summary>Hosts on which a VM cannot be run, as seen by a process in a mount namespace of its own.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class BadHostTests(PlainKvm plain) : HostTests(plain.Host)
{
    // /dev without kvm, with what a program needs.
    private const string BareDev = "mount -t tmpfs tmpfs /dev; mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/urandom c 1 9; mknod -m 666 /dev/zero c 1 5";

    [SkippableFact]
    public async Task Without_dev_kvm_a_run_is_refused_and_the_check_says_so()
    {
        RequireRoot();

        Refusal.Check(await Apart($"{BareDev}; ./vmm run guests/poweroff.img </dev/null"), 1, "/dev/kvm");
        CommandResult check = await Apart($"{BareDev}; ./vmm check </dev/null");
        check.ShouldExitWith(1);
        Assert.Matches("(?m)^no +kvm +/dev/kvm: No such file or directory", check.Output);
    }

    [SkippableFact]
    public async Task Without_permission_on_dev_kvm_a_run_is_refused_and_the_check_says_so()
    {
        RequireRoot();
        const string Forbidden = $"{BareDev}; mknod -m 600 /dev/kvm c 10 232";

        CommandResult run = await Apart($"{Forbidden}; {AsOtherUser("./vmm run guests/poweroff.img </dev/null")}");
        Refusal.Check(run, 1, "/dev/kvm");
        Assert.Contains("Permission denied", run.Error, StringComparison.Ordinal);
        CommandResult check = await Apart($"{Forbidden}; {AsOtherUser("./vmm check </dev/null")}");
        check.ShouldExitWith(1);
        Assert.Matches("(?m)^no +kvm +/dev/kvm: Permission denied", check.Output);
    }

    [SkippableFact]
    public async Task A_user_of_the_group_kvm_runs_a_vm_but_not_with_a_file_that_is_not_his()
    {
        RequireRoot();

        CommandResult own = await Work.Run(AsOtherUser("./vmm run guests/poweroff.img </dev/null"));
        own.ShouldExitWith(0);
        Assert.Equal("up\n", own.Text);
        CommandResult foreign = await Work.Run($"cp guests/poweroff.img $W/k; chmod 600 $W/k; {AsOtherUser("./vmm run $W/k </dev/null")}");
        Refusal.Check(foreign, 1, "Permission denied");
    }

    [SkippableFact]
    public async Task Without_pkvm_a_protected_vm_is_refused_with_the_reason_and_never_run_unprotected()
    {
        CommandResult check = await Work.Run("./vmm check --json");
        Skip.If(check.Output.Contains("\"canRunProtected\": true", StringComparison.Ordinal), "this host has pKVM");

        CommandResult run = await Work.Run("./vmm run --protected-vm-without-firmware --swiotlb 0 guests/poweroff.img </dev/null");

        Refusal.Check(run, 1, "kvm-arm.mode=protected");
    }

    private Task<CommandResult> Apart(string command) => Work.Run($"unshare -m sh -c '{command}'");

    private string AsOtherUser(string command) => $"su {Work.Host.OtherUser} -c \"{command}\"";

    private void RequireRoot() => Skip.If(Work.Host.OtherUser is null, "needs root and a second user, which only the host VM gives");
}
