namespace Vmm.Firmware;

/// <summary>A firmware whose signature was looked at.</summary>
/// <param name="Program">The bytes that are executed.</param>
/// <param name="PublicKey">The key that signed them, as AVB stores it; empty where nothing was verified.</param>
/// <param name="RollbackIndex">The rollback index that was signed with them.</param>
internal sealed record VerifiedFirmware(ReadOnlyMemory<byte> Program, ReadOnlyMemory<byte> PublicKey, ulong RollbackIndex);
