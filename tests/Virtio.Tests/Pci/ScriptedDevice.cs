using System.Collections.Immutable;

namespace Virtio.Tests.Pci;

/// <summary>A device that does what the test tells it, and remembers what the transport told it.</summary>
internal sealed class ScriptedDevice : IVirtioDevice
{
    private Action? _resetDone;

    public VirtioDeviceType DeviceType { get; init; } = VirtioDeviceType.Block;

    public string Name => "scripted";

    public ulong Features { get; init; } = VirtioFeatures.EventIndex | VirtioFeatures.PackedRing | 1;

    public ImmutableArray<ushort> QueueSizes { get; init; } = [256, 64];

    public byte[] Config { get; } = new byte[24];

    /// <summary>Finish a reset within the call; otherwise at <see cref="FinishReset"/>.</summary>
    public bool ResetsAtOnce { get; set; } = true;

    public Exception? ActivationFault { get; set; }

    public DeviceActivation? Active { get; private set; }

    public int Activations { get; private set; }

    public int Resets { get; private set; }

    public bool IsDisposed { get; private set; }

    public void ReadConfiguration(int offset, Span<byte> data)
    {
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = offset + i < Config.Length ? Config[offset + i] : (byte)0;
        }
    }

    public void WriteConfiguration(int offset, ReadOnlySpan<byte> data)
    {
        for (int i = 0; i < data.Length && offset + i < Config.Length; i++)
        {
            Config[offset + i] = data[i];
        }
    }

    public void Activate(DeviceActivation activation)
    {
        Assert.Null(Active);
        Assert.Null(_resetDone);
        Active = activation;
        Activations++;
        if (ActivationFault is { } fault)
        {
            throw fault;
        }
    }

    public void Reset(Action done)
    {
        Assert.NotNull(Active);
        Active = null;
        Resets++;
        _resetDone = done;
        if (ResetsAtOnce)
        {
            FinishReset();
        }
    }

    public void FinishReset()
    {
        Action done = _resetDone!;
        _resetDone = null;
        done();
    }

    public void Dispose() => IsDisposed = true;
}
