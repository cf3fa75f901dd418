namespace Vmm.Devices.Serial;

/// <summary>Takes the commands out of what is typed at the console: Ctrl-A and a letter, as in QEMU's.</summary>
/// <param name="quit">Called for Ctrl-A x.</param>
/// <param name="help">Called for Ctrl-A h and Ctrl-A ?.</param>
public sealed class ConsoleEscape(Action quit, Action help)
{
    private const byte CtrlA = 0x01;

    private bool _escaped;

    /// <summary>What Ctrl-A h shows.</summary>
    public static ReadOnlySpan<byte> HelpText =>
        "\r\nCtrl-A h       this help\r\nCtrl-A x       end the virtual machine\r\nCtrl-A Ctrl-A  send Ctrl-A\r\n"u8;

    /// <summary>Removes commands from <paramref name="typed"/> in place and acts on them. Any other key after Ctrl-A is swallowed.</summary>
    /// <returns>How many bytes are left for the guest, from the front.</returns>
    public int Filter(Span<byte> typed)
    {
        int kept = 0;
        foreach (byte key in typed)
        {
            if (!_escaped)
            {
                _escaped = key == CtrlA;
                if (!_escaped)
                {
                    typed[kept++] = key;
                }

                continue;
            }

            _escaped = false;
            switch (key)
            {
                case CtrlA:
                    typed[kept++] = key;
                    break;
                case (byte)'x':
                    quit();
                    break;
                case (byte)'h' or (byte)'?':
                    help();
                    break;
                default:
                    break;
            }
        }

        return kept;
    }
}
