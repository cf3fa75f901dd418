using System.Security.Cryptography;
using BootLoader.Cryptography;
using BootLoader.Dice;
using Kvm.Interop.Memory;

namespace Microdroid.Dice;

/// <summary>A layer's secrets and chain, in locked memory, wiped when it is disposed.</summary>
internal sealed class DiceArtifacts : IDisposable
{
    // A certificate with one sub-component for each of a hundred APKs takes less.
    private const int Room = 64 << 10;

    private readonly LockedMemory _memory;
    private readonly int _size;

    private DiceArtifacts(LockedMemory memory, int size)
    {
        _memory = memory;
        _size = size;
    }

    /// <summary>The layer's hand-over. Its spans are of the locked memory.</summary>
    public DiceHandover Handover => DiceHandover.Read(_memory.Span[.._size], out DiceHandover handover) == DiceError.None
        ? handover
        : throw new InvalidDataException("the hand-over in memory has changed");

    /// <summary>Takes over a region that begins with a hand-over.</summary>
    /// <exception cref="InvalidDataException">It does not.</exception>
    public static DiceArtifacts Take(LockedMemory region)
    {
        DiceError error = DiceHandover.ReadPrefix(region.Span, out _, out int size);
        if (error == DiceError.None)
        {
            return new DiceArtifacts(region, size);
        }

        region.Dispose();
        throw new InvalidDataException($"the firmware's hand-over cannot be read: {error}");
    }

    /// <summary>
    /// What a guest gets that no firmware has measured. The secret that all comes from is public: nothing is proved and nothing hidden, but every program
    /// works as it does in a protected VM, and instances differ by their ids.
    /// </summary>
    public static DiceArtifacts Sample()
    {
        Span<byte> hash = stackalloc byte[DiceFormat.HashSize];
        Span<byte> hidden = stackalloc byte[DiceFormat.HiddenSize];
        hidden.Clear();
        SHA512.HashData("Sample layer of a VM without firmware"u8, hash);
        var root = new DiceHandover(SampleSecret, SampleSecret, default);
        var component = new DiceComponent { Name = "Sample firmware"u8, HasSecurityVersion = true, SecurityVersion = 0 };
        return Derive(root, new DiceInputs(hash, hash, DiceMode.NotConfigured, hidden), component);
    }

    /// <summary>Derives the next layer's.</summary>
    /// <exception cref="InvalidDataException">The chain in this one is not this one's, or the inputs are too large.</exception>
    public DiceArtifacts Derive(in DiceInputs inputs, in DiceComponent component) => Derive(Handover, inputs, component);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private static ReadOnlySpan<byte> SampleSecret => "Sample secret of a VM, not hidden"u8[..DiceFormat.CdiSize];

    private static DiceArtifacts Derive(in DiceHandover handover, in DiceInputs inputs, in DiceComponent component)
    {
        byte[] descriptor = new byte[Room];
        DiceError error = component.TryWrite(descriptor, out int descriptorSize);
        using var output = new LockedMemory(Room + handover.Chain.Length);
        int size = 0;
        if (error == DiceError.None)
        {
            error = DiceLayer.TryDerive<HostCryptography>(handover, inputs, descriptor.AsSpan(0, descriptorSize), output.Span, out size);
        }

        if (error != DiceError.None)
        {
            throw new InvalidDataException($"no DICE layer can be derived: {error}");
        }

        var memory = new LockedMemory(size);
        output.Span[..size].CopyTo(memory.Span);
        return new DiceArtifacts(memory, size);
    }
}
