using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>An instance belongs to what it first booted.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class ChangedPayloadTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string RunApp = "--payload-binary-name c-payload.so";

    [Fact]
    public async Task An_instance_takes_no_other_APK_than_its_first_not_even_one_of_the_same_name_and_code()
    {
        await using (GuestProcess first = GuestProcess.StartApp(Work, "one", "payloads/c-payload.apk", RunApp))
        {
            Assert.Equal(["yes", "done"], await Work.AskPayload(await first.Ready(), 5678, "new-instance", "exit:0"));
            (await first.End()).ShouldEndWith("Shutdown", 0);
        }

        foreach (string other in (string[])["c-payload-2", "c-payload-other"])
        {
            await using GuestProcess changed = GuestProcess.StartApp(Work, "one", $"payloads/{other}.apk", RunApp);
            (await changed.End()).ShouldRefuse("PAYLOAD_CHANGED", "MicrodroidPayloadHasChanged", "the APK");
        }

        await using GuestProcess again = GuestProcess.StartApp(Work, "one", "payloads/c-payload.apk", RunApp);
        Assert.Equal(["no", "done"], await Work.AskPayload(await again.Ready(), 5678, "new-instance", "exit:9"));
        GuestEnd end = (await again.End()).ShouldEndWith("Shutdown", 9);
        Assert.Equal(
            ["payload started", "payload is ready", "payload finished with exit code 9", "VM ended: Shutdown"],
            end.Lines.Where(static line => line.StartsWith("payload ", StringComparison.Ordinal) || line.StartsWith("VM ended", StringComparison.Ordinal)));
    }
}
