using System.Text.Json.Serialization;

namespace Vmm.Control;

/// <summary>A packet from server to client, one for each request and in their order.</summary>
/// <remarks>
/// <c>{"ok":true}</c>; for a status <c>{"ok":true,"status":{…}}</c>; for a version <c>{"ok":true,"version":{…}}</c>;
/// for statistics of the balloon <c>{"ok":true,"balloonStats":{…}}</c>; for a request that failed <c>{"ok":false,"error":"…"}</c>.
/// </remarks>
public sealed record ControlResponse
{
    /// <summary>Whether the request was carried out.</summary>
    public required bool Ok { get; init; }

    /// <summary>Why it was not, in one line.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    /// <summary>The answer to <see cref="ControlRequest.Status"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VmStatus? Status { get; init; }

    /// <summary>The answer to <see cref="ControlRequest.Version"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ControlVersion? Version { get; init; }

    /// <summary>The answer to <see cref="ControlRequest.BalloonStats"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BalloonReport? BalloonStats { get; init; }

    /// <summary>The answer to a request that was carried out and has nothing to tell.</summary>
    public static ControlResponse Done { get; } = new() { Ok = true };

    /// <summary>The answer to a request that failed.</summary>
    public static ControlResponse Failed(string error) => new() { Ok = false, Error = error };
}
