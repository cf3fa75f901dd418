namespace Vmm.Devices;

/// <summary>A device made of 32-bit registers.</summary>
internal interface IWordRegisters
{
    /// <summary>The register at <paramref name="offset"/>, a multiple of 4; reading has no side effect.</summary>
    uint ReadWord(uint offset);

    /// <summary>Stores to the register at <paramref name="offset"/>, a multiple of 4.</summary>
    void WriteWord(uint offset, uint value);
}
