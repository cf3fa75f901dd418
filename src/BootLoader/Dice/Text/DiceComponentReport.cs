using System.Globalization;
using System.Text;
using BootLoader.Cbor;

namespace BootLoader.Dice.Text;

/// <summary>A configuration descriptor of the Android profile, for people and programs. What is not there is null, or false.</summary>
public sealed record DiceComponentReport
{
    /// <summary>The component's name.</summary>
    public string? Name { get; init; }

    /// <summary>The component's version, a number or text.</summary>
    public string? Version { get; init; }

    /// <summary>The security version.</summary>
    public ulong? SecurityVersion { get; init; }

    /// <summary>Whether a factory reset changes the layer's inputs.</summary>
    public bool Resettable { get; init; }

    /// <summary>Whether this is the VM that serves remote key provisioning.</summary>
    public bool RkpVm { get; init; }

    /// <summary>Which of several instances this is.</summary>
    public string? InstanceName { get; init; }

    /// <summary>Where the payload's configuration lies.</summary>
    public string? PayloadConfigPath { get; init; }

    /// <summary>The payload's binary.</summary>
    public string? PayloadBinaryName { get; init; }

    /// <summary>The hash of the VM instance, in hexadecimal.</summary>
    public string? InstanceHash { get; init; }

    /// <summary>What the layer is made up of.</summary>
    public IReadOnlyList<DiceSubComponentReport>? SubComponents { get; init; }

    /// <summary>Reads a descriptor; null when it is none of the Android profile.</summary>
    internal static DiceComponentReport? TryRead(ReadOnlySpan<byte> descriptor)
    {
        if (DiceComponent.Read(descriptor, out DiceComponent component) != DiceError.None || !TryReadSubComponents(component.SubComponents, out List<DiceSubComponentReport>? parts))
        {
            return null;
        }

        return new DiceComponentReport
        {
            Name = Text(component.Name),
            Version = component.HasVersion ? component.Version.ToString(CultureInfo.InvariantCulture) : Text(component.VersionText),
            SecurityVersion = component.HasSecurityVersion ? component.SecurityVersion : null,
            Resettable = component.IsResettable,
            RkpVm = component.IsRkpVm,
            InstanceName = Text(component.InstanceName),
            PayloadConfigPath = Text(component.PayloadConfigPath),
            PayloadBinaryName = Text(component.PayloadBinaryName),
            InstanceHash = component.InstanceHash.IsEmpty ? null : Convert.ToHexStringLower(component.InstanceHash),
            SubComponents = parts,
        };
    }

    private static bool TryReadSubComponents(ReadOnlySpan<byte> encoded, out List<DiceSubComponentReport>? parts)
    {
        parts = null;
        if (encoded.IsEmpty)
        {
            return true;
        }

        parts = [];
        var reader = new CborReader(encoded);
        if (!reader.TryReadArray(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (DiceSubComponent.Read(ref reader, out DiceSubComponent part) != DiceError.None)
            {
                return false;
            }

            parts.Add(new DiceSubComponentReport(
                Encoding.UTF8.GetString(part.Name), part.SecurityVersion, Convert.ToHexStringLower(part.CodeHash), Convert.ToHexStringLower(part.AuthorityHash)));
        }

        return true;
    }

    private static string? Text(ReadOnlySpan<byte> text) => text.IsEmpty ? null : Encoding.UTF8.GetString(text);
}
