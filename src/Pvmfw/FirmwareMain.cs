using BootLoader.Avb;
using BootLoader.Cryptography;
using BootLoader.Dice;
using BootLoader.Fdt;
using BootLoader.Firmware;
using Pvmfw.DeviceTree;
using Pvmfw.Identity;
using Pvmfw.Payload;

namespace Pvmfw;

/// <summary>What the firmware does, in its order: read what it is configured with and what the host says, verify the guest, give it its secrets.</summary>
public static class FirmwareMain
{
    /// <summary>Decides whether the guest is started. It does not return a decision to start before everything for it is in place.</summary>
    /// <typeparam name="TCryptography">The primitives.</typeparam>
    /// <typeparam name="TPlatform">The machine.</typeparam>
    /// <typeparam name="TInstance">Where the instance image is.</typeparam>
    /// <param name="treeAddress">What X0 was: where the host put the device tree, and where the guest's goes.</param>
    public static FirmwareOutcome Run<TCryptography, TPlatform, TInstance>(ulong treeAddress)
        where TCryptography : ICryptography
        where TPlatform : struct, IPlatform
        where TInstance : struct, IInstanceStore<TInstance>
    {
        FirmwareOutcome outcome = Decide<TCryptography, TPlatform, TInstance>(treeAddress);

        // The secrets that the firmware was handed are not the guest's to have, nor anybody's after a reset.
        TCryptography.Wipe(TPlatform.WritableConfiguration());
        TCryptography.Wipe(TPlatform.Scratch);
        if (outcome.Reason != RebootReason.None)
        {
            TCryptography.Wipe(TPlatform.HandoverPage);
        }

        return outcome;
    }

    private static FirmwareOutcome Decide<TCryptography, TPlatform, TInstance>(ulong treeAddress)
        where TCryptography : ICryptography
        where TPlatform : struct, IPlatform
        where TInstance : struct, IInstanceStore<TInstance>
    {
        PvmfwConfigFault configFault = PvmfwConfig.Read(TPlatform.Configuration, out PvmfwConfig config);
        if (!configFault.IsNone)
        {
            return Refuse<TPlatform>(RebootReason.InvalidConfigData, "pvmfw: the configuration data is refused, fault"u8, (ulong)configFault.Error);
        }

        if (config.Flags != 0)
        {
            TPlatform.WriteLine("pvmfw: the configuration data has flags that mean nothing yet"u8, config.Flags);
        }

        DiceError diceError = ReadHandover(config.DiceHandover, out DiceHandover handover, out bool isDebugDevice);
        if (diceError != DiceError.None)
        {
            return Refuse<TPlatform>(RebootReason.InvalidBcc, "pvmfw: the DICE hand-over is refused, fault"u8, (ulong)diceError);
        }

        if (!TPlatform.TryMapTree(treeAddress, out Span<byte> window))
        {
            return Refuse<TPlatform>(RebootReason.InvalidFdt, "pvmfw: no device tree can be at"u8, treeAddress);
        }

        TreeFault treeFault = TreeFactsReader.Read(window, treeAddress, config.ReferenceTree, TPlatform.SharesMemory, TPlatform.Scratch, out TreeFacts facts);
        if (treeFault != TreeFault.None)
        {
            return Refuse<TPlatform>(RebootReason.InvalidFdt, "pvmfw: the device tree is refused, fault"u8, (ulong)treeFault);
        }

        if (!TPlatform.SetRamSize(facts.Ram.Size))
        {
            return Refuse<TPlatform>(RebootReason.InvalidFdt, "pvmfw: RAM cannot have size"u8, facts.Ram.Size);
        }

        RebootReason reason = PayloadPlaces.Check(facts, treeAddress);
        if (reason != RebootReason.None)
        {
            return Refuse<TPlatform>(reason, "pvmfw: the payload cannot be at"u8, facts.Kernel.Start);
        }

        reason = PayloadCheck.Verify<TCryptography, TPlatform>(facts, out VerifiedPayload payload);
        if (reason != RebootReason.None)
        {
            return FirmwareOutcome.Reboot(reason);
        }

        reason = MakeSecrets<TCryptography, TPlatform, TInstance>(facts, payload, handover, out bool isNew);
        if (reason != RebootReason.None)
        {
            return FirmwareOutcome.Reboot(reason);
        }

        var parameters = new GuestTreeParameters
        {
            IsDebuggable = payload.DebugLevel != GuestDebugLevel.None,
            IsNewInstance = isNew,
            Policy = isDebugDevice ? DebugPolicy.Read(config.DebugPolicy) : default,
            Handover = MemoryRange.OfConstants(TPlatform.HandoverAddress, GuestMap.PageSize),
        };
        return WriteTree<TCryptography, TPlatform>(treeAddress, window, facts, parameters);
    }

    /// <summary>Reads the hand-over. Its chain must be well formed; that it ends in the key of its secrets is found out when it is made longer.</summary>
    private static DiceError ReadHandover(ReadOnlySpan<byte> bytes, out DiceHandover handover, out bool isDebugDevice)
    {
        isDebugDevice = false;
        DiceError error = DiceHandover.ReadPrefix(bytes, out handover, out _);
        if (error != DiceError.None || handover.Chain.IsEmpty)
        {
            return error;
        }

        DiceFault fault = DiceChain.Open(handover.Chain, out DiceChain chain);
        isDebugDevice = fault.IsNone && chain.HasDebugMode;
        return fault.Error;
    }

    /// <summary>Finds out which instance this is, and writes its hand-over.</summary>
    private static RebootReason MakeSecrets<TCryptography, TPlatform, TInstance>(
        scoped in TreeFacts facts, scoped in VerifiedPayload payload, scoped in DiceHandover handover, out bool isNew)
        where TCryptography : ICryptography
        where TPlatform : struct, IPlatform
        where TInstance : struct, IInstanceStore<TInstance>
    {
        Span<byte> hashes = stackalloc byte[Measurement.StorageSize];
        Span<byte> instance = stackalloc byte[InstanceIdentity.StorageSize];
        Measurement measurement = Measurement.Of<TCryptography>(payload, hashes);
        RebootReason reason = InstanceIdentity.Decide<TCryptography, TPlatform, TInstance>(
            facts, payload, measurement, handover.CdiSeal, instance, out InstanceIdentity identity);
        isNew = identity.IsNew;
        if (reason == RebootReason.None)
        {
            DiceError error = GuestSecrets.Derive<TCryptography>(handover, payload, measurement, identity, TPlatform.HandoverPage);
            reason = ReasonOf(error);
            if (error != DiceError.None)
            {
                TPlatform.WriteLine("pvmfw: no secrets can be derived, fault"u8, (ulong)error);
            }
        }

        TCryptography.Wipe(instance);
        return reason;
    }

    private static RebootReason ReasonOf(DiceError error) => error switch
    {
        DiceError.None => RebootReason.None,
        DiceError.LeafKeyMismatch or DiceError.WrongCertificateCount => RebootReason.InvalidBcc,
        _ => RebootReason.SecretDerivationFailed,
    };

    /// <summary>Writes the guest's tree over the host's. No more of the window is touched than that takes: in a protected VM each page costs.</summary>
    private static FirmwareOutcome WriteTree<TCryptography, TPlatform>(
        ulong treeAddress, Span<byte> window, scoped in TreeFacts facts, GuestTreeParameters parameters)
        where TCryptography : ICryptography
        where TPlatform : struct, IPlatform
    {
        Span<byte> seeds = stackalloc byte[GuestTree.SeedSize];
        if (!TPlatform.FillRandom(seeds))
        {
            return Refuse<TPlatform>(RebootReason.InternalError, "pvmfw: there is no randomness, bytes wanted"u8, GuestTree.SeedSize);
        }

        window = window[..GuestTree.LargestSize];
        window.Clear();
        FdtFault fault = GuestTree.Write(window, facts, parameters, seeds, out int length);
        TCryptography.Wipe(seeds);
        return fault.IsNone
            ? FirmwareOutcome.Start(facts.Kernel.Start, treeAddress, length)
            : Refuse<TPlatform>(RebootReason.InternalError, "pvmfw: the guest's device tree cannot be written, fault"u8, (ulong)fault.Error);
    }

    private static FirmwareOutcome Refuse<TPlatform>(RebootReason reason, ReadOnlySpan<byte> text, ulong number)
        where TPlatform : struct, IPlatform
    {
        TPlatform.WriteLine(text, number);
        return FirmwareOutcome.Reboot(reason);
    }
}
