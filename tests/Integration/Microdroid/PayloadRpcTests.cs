using System.Globalization;
using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>The host and a payload, each in its own kernel, over vsock: Binder RPC.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class PayloadRpcTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const int CPort = 5678;
    private const int DotnetPort = 5679;

    [Fact]
    public async Task A_payload_in_C_answers_ten_thousand_calls_of_eight_threads_and_survives_clients_that_are_killed()
    {
        await using GuestProcess guest = GuestProcess.StartApp(Work, "app", "payloads/c-payload.apk", "--payload-binary-name c-payload.so");
        int cid = await guest.Ready();

        string[] said = await Work.AskPayload(cid, CPort, "calls:10000:8", "notes:2000", "large", "callback:100", "unknown", "new-instance");
        Assert.Equal(["10000", "2000", "the same, 101000 bytes: FailedTransaction, then 3", "100 of 100", "UnknownTransaction", "yes"], said);

        // Killed before, while and after they connect, and in the middle of calls.
        CommandResult killed = await Work.RunVm(
            $$"""
            for pause in 0.1 0.3 0.5 0.7 0.9 1.1 1.5 2; do
                ./VmClient payload {{cid}} {{CPort}} spin >$W/spin 2>&1 & sleep $pause; kill -9 $!; wait $! 2>/dev/null
            done
            cat $W/spin
            """);
        Assert.StartsWith("spins", killed.Output, StringComparison.Ordinal);
        Assert.Equal(["50", "2"], [.. (await Task.WhenAll(Work.AskPayload(cid, CPort, "calls:50:2"), Work.AskPayload(cid, CPort, "calls:2:1"))).SelectMany(static answers => answers)]);

        // The payload dies in the middle of a client's calls.
        await using HostProcess spinning = Work.Start($"{VmCommand.Setup} ./VmClient payload {cid} {CPort} spin");
        await spinning.Expect("spins\n");
        await Work.AskPayload(cid, CPort, "exit:3");
        Assert.Equal("spins\nspin DeadObject\n", (await spinning.End(TimeSpan.FromSeconds(30))).ShouldExitWith(0).Output);
        (await guest.End()).ShouldEndWith("Shutdown", 3);
    }

    [Fact]
    public async Task A_payload_in_dotnet_answers_as_well_and_goes_with_its_user()
    {
        await using GuestProcess guest = GuestProcess.StartApp(Work, "app", "payloads/dotnet-payload.apk", "--config-path assets/vm_config.json");
        int cid = await guest.Ready();

        string[] said = await Work.AskPayload(cid, DotnetPort, "calls:2000:8", "large", "secret:a", "secret:a", "secret:b", "unknown");
        Assert.Equal(["2000", "the same, 101000 bytes: FailedTransaction, then 3", "UnknownTransaction"], [said[0], said[1], said[5]]);
        Assert.Equal(said[2], said[3]);
        Assert.NotEqual(said[2], said[4]);

        GuestProcesses processes = await guest.Processes();
        (await Work.Run(string.Create(CultureInfo.InvariantCulture, $"kill -INT {processes.Vm}"))).ShouldExitWith(0);
        (await guest.End()).ShouldEndWith("Killed", 130);
    }
}
