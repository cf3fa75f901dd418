using System.Text;

namespace Vmm.Devices.Serial;

/// <summary>Passes a port's output on and remembers the word by which a firmware says why it refused to start the guest.</summary>
/// <remarks>
/// The word is the start of a line, "PVM_FIRMWARE_" and capitals. Whoever runs in the guest can write it, so it is told to the user and decides nothing.
/// </remarks>
public sealed class FirmwareReason(ISerialOutput output) : ISerialOutput
{
    private const int MaxLength = 63;

    private readonly byte[] _line = new byte[MaxLength];
    private int _length;
    private bool _lost;

    private static ReadOnlySpan<byte> Prefix => "PVM_FIRMWARE_"u8;

    /// <summary>The word written last; null where there is none.</summary>
    public string? Word { get; private set; }

    /// <inheritdoc/>
    public Action? Ready
    {
        get => output.Ready;
        set => output.Ready = value;
    }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            Take(value);
        }

        return output.Write(bytes);
    }

    private void Take(byte value)
    {
        if (value is (byte)'\n' or (byte)'\r')
        {
            if (!_lost && _length > Prefix.Length)
            {
                Word = Encoding.ASCII.GetString(_line, 0, _length);
            }

            _length = 0;
            _lost = false;
            return;
        }

        bool belongs = _length < Prefix.Length ? value == Prefix[_length] : value is (>= (byte)'A' and <= (byte)'Z') or (byte)'_';
        if (_lost || !belongs || _length == MaxLength)
        {
            _lost = true;
            return;
        }

        _line[_length++] = value;
    }
}
