using BootLoader.Avb;

namespace Integration.Firmware;

/// <summary>One boot of a table: what is started, and how the firmware decides.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="Refusal">The word that the firmware refuses with, without its prefix; null where the kernel is started.</param>
/// <param name="Payload">What is started.</param>
internal sealed record BootCase(string Name, string? Refusal, TestPayload Payload)
{
    /// <summary>What the firmware finds wrong with the payload, as it says on its console.</summary>
    public PayloadFault Fault { get; init; }

    /// <summary>What the host gives as initrd; null: none.</summary>
    public byte[]? Initrd { get; init; } = Payload.Normal;

    /// <summary>Further options of <c>vmm run</c>. Files of the case lie in <c>$C</c>.</summary>
    public string Options { get; init; } = TestIdentity.Options;

    /// <summary>The firmware's file and options.</summary>
    public string Firmware { get; init; } = "$W/pvmfw.img";

    /// <summary>What the host does before.</summary>
    public string Before { get; init; } = "";

    /// <summary>Files of the case.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();
}
