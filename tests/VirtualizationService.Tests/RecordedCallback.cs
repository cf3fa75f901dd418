using System.Collections.Concurrent;
using Virtualization.Aidl;

namespace VirtualizationService.Tests;

/// <summary>A client's callback that keeps what it is told.</summary>
internal sealed class RecordedCallback : VirtualMachineCallbackStub
{
    private readonly BlockingCollection<string> _events = [];

    public override void OnPayloadStarted(int cid) => _events.Add($"started {cid}");

    public override void OnPayloadReady(int cid) => _events.Add($"ready {cid}");

    public override void OnPayloadFinished(int cid, int exitCode) => _events.Add($"finished {cid} {exitCode}");

    public override void OnError(int cid, ErrorCode errorCode, string message) => _events.Add($"error {cid} {errorCode} {message}");

    public override void OnDied(int cid, DeathReason reason) => _events.Add($"died {cid} {reason}");

    /// <summary>The next thing told.</summary>
    public string Next() => _events.TryTake(out string? text, TimeSpan.FromSeconds(20)) ? text : throw new TimeoutException("nothing was told");

    /// <summary>Whether anything more has been told.</summary>
    public bool IsEmpty => _events.Count == 0;
}
