using System.Text;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Vm;

/// <summary>Writes text to a descriptor at once, line by line: the guest's console writes to the same place.</summary>
/// <remarks>Not <see cref="Console"/>'s writer, which sets the terminal up. A reader that has gone ("| head -1") is no failure.</remarks>
internal sealed class DescriptorWriter(FileDescriptor descriptor) : TextWriter
{
    private readonly StringBuilder _line = new();

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        lock (_line)
        {
            _line.Append(value);
            if (value == '\n')
            {
                Send();
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        lock (_line)
        {
            _line.Append(value);
            if (value?.Contains('\n', StringComparison.Ordinal) == true)
            {
                Send();
            }
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write($"{value}\n");

    /// <inheritdoc/>
    public override void Flush()
    {
        lock (_line)
        {
            Send();
        }
    }

    private void Send()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(_line.ToString());
        _line.Clear();
        try
        {
            descriptor.WriteAll(bytes);
        }
        catch (LinuxException)
        {
            // EPIPE: nobody reads any more.
        }
    }
}
