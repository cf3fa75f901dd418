namespace BootLoader.Dice.Text;

/// <summary>A certificate, for people and programs. Hashes and descriptors are in hexadecimal, and null when they are not there.</summary>
public sealed record DiceCertificateReport
{
    /// <summary>The id of the key that signed.</summary>
    public required string Issuer { get; init; }

    /// <summary>The id of the subject's key.</summary>
    public required string Subject { get; init; }

    /// <summary>The subject's key.</summary>
    public required DiceKeyReport SubjectKey { get; init; }

    /// <summary>The algorithm of the signature.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The state that the subject runs in.</summary>
    public required string Mode { get; init; }

    /// <summary>The profile's name.</summary>
    public string? Profile { get; init; }

    /// <summary>The hash of the code.</summary>
    public string? CodeHash { get; init; }

    /// <summary>More about the code.</summary>
    public string? CodeDescriptor { get; init; }

    /// <summary>The configuration descriptor, when it is one of the Android profile.</summary>
    public DiceComponentReport? Component { get; init; }

    /// <summary>The configuration descriptor or the inline configuration, as it is encoded.</summary>
    public string? Configuration { get; init; }

    /// <summary>The hash of the configuration descriptor.</summary>
    public string? ConfigurationHash { get; init; }

    /// <summary>The hash of whose keys vouch for the code.</summary>
    public string? AuthorityHash { get; init; }

    /// <summary>More about the authority.</summary>
    public string? AuthorityDescriptor { get; init; }

    /// <summary>Whether signature, ids and configuration hash are right.</summary>
    public required bool Verified { get; init; }

    /// <summary>What is wrong.</summary>
    public string? Fault { get; init; }
}
