using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;
using Virtio.Console;

namespace Vmm.Devices.Serial;

/// <summary>
/// What stands behind a serial port on the host: output that the event loop writes to a descriptor, and input that it reads no faster than
/// the guest takes it.
/// </summary>
/// <remarks>
/// A reader that is slow or stuck makes the bounded output queue fill up; the port then withholds its transmitter, so the guest waits and
/// nothing grows or is lost. Output is dropped only where nobody can read it: no client, a closed pipe, a device that fails. A vCPU that
/// prints makes no system call of its own: the loop writes at once when it sleeps and within two milliseconds when it is awake.
/// All but <see cref="Output"/> is for the loop's thread, or for before it starts and after it stopped.
/// </remarks>
public abstract class SerialBackEnd : IDisposable
{
    private readonly LoopTask _work;
    private readonly SerialOutputQueue _queue;
    private readonly byte[] _inputBuffer = new byte[4096];
    private ISerialReceiver? _receiver;
    private FileDescriptor? _input;
    private FileDescriptor? _output;
    private EventWatch? _inputWatch;
    private EventWatch? _outputWatch; // the same as the input's where both are one descriptor
    private EpollEvents _mode;
    private bool _inputWaits; // for the guest to make room, or for a look at a file that no event announces
    private bool _inputPaused;
    private bool _outputBlocked;

    private protected SerialBackEnd(EventLoop loop)
    {
        Loop = loop;
        _work = loop.CreateTask(Work);
        _queue = new SerialOutputQueue(_work.Schedule);
    }

    /// <summary>Where the port sends its output.</summary>
    public ISerialOutput Output => _queue;

    /// <summary>The same for a virtio console.</summary>
    internal IConsoleOutput ConsoleOutput => _queue;

    private protected EventLoop Loop { get; }

    /// <summary>Whether the output is on a terminal that has a size.</summary>
    internal virtual bool HasSize => false;

    /// <summary>Gives input to a port. Before the loop starts.</summary>
    public void Attach(ISerialReceiver port)
    {
        _receiver = port;
        _inputWaits = true;
        port.RoomAvailable = _work.Schedule;
        _work.Schedule();
    }

    /// <summary>Tells the size of the terminal that the output is on, now and whenever it changes; of what has none nothing is told.</summary>
    /// <param name="changed">Takes the size, on any thread.</param>
    internal virtual void WatchSize(Action<TerminalSize> changed)
    {
    }

    /// <summary>Writes what is still queued, once the loop has stopped.</summary>
    /// <param name="limit">How long a reader may take.</param>
    /// <returns>Whether everything was written or nobody was there to read it.</returns>
    public bool Drain(TimeSpan limit)
    {
        long deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        for (Flush(); _outputBlocked && _output is not null; Flush())
        {
            int left = (int)(deadline - Environment.TickCount64);
            if (left <= 0)
            {
                return false;
            }

            using Epoll writable = new();
            writable.Add(_output, EpollEvents.EPOLLOUT, 0);
            writable.Wait(new EpollEntry[1], left);
        }

        return true;
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        Disconnect();
        _work.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts reading and writing. The descriptors belong to this object from now on; they are non-blocking or never block.</summary>
    private protected void Connect(FileDescriptor? newInput, FileDescriptor? newOutput, EpollEvents watchMode = EpollEvents.None)
    {
        _mode = watchMode;
        _input = newInput;
        _output = newOutput;
        if (_input is not null && _input == _output)
        {
            _inputWatch = _outputWatch = Loop.TryWatch(_input, EpollEvents.EPOLLIN | _mode, OnEvents);
        }
        else
        {
            _inputWatch = _input is null ? null : Loop.TryWatch(_input, EpollEvents.EPOLLIN | _mode, OnInputEvents);
            _outputWatch = _output is null ? null : Loop.TryWatch(_output, _mode, OnOutputEvents);
        }

        _outputBlocked = false;
        _inputWaits = true;
        _work.Schedule();
    }

    /// <summary>Stops reading and writing and closes the descriptors; output is dropped from now on.</summary>
    private protected void Disconnect()
    {
        EndInput();
        EndOutput();
    }

    /// <summary>Stops reading; the input's descriptor is closed unless it is the output's as well.</summary>
    private protected void EndInput()
    {
        if (_input != _output)
        {
            _inputWatch?.Dispose();
            _input?.Dispose();
        }

        _input = null;
        _inputWatch = null;
        UpdateWatches();
        AfterEnd();
    }

    /// <summary>Stops writing; output is dropped from now on.</summary>
    private protected void EndOutput()
    {
        if (_output != _input)
        {
            _outputWatch?.Dispose();
            _output?.Dispose();
        }

        _output = null;
        _outputWatch = null;
        _outputBlocked = false;
        UpdateWatches();
        AfterEnd();
    }

    /// <summary>Neither direction is connected any more.</summary>
    private protected virtual void OnDisconnected()
    {
    }

    /// <summary>The other side sends no more.</summary>
    private protected virtual void OnInputEnded() => EndInput();

    /// <summary>Nobody reads the output any more; why, where it is not that the reader went away.</summary>
    private protected virtual void OnOutputEnded(LinuxException? error) => EndOutput();

    /// <summary>Both directions of one descriptor have ended.</summary>
    private protected virtual void OnHangUp()
    {
        EndOutput();
        if (_input is not null)
        {
            // What is left to read is read as the guest makes room; the descriptor would be reported all the time meanwhile.
            _inputWatch?.Dispose();
            _inputWatch = null;
        }
    }

    /// <summary>Whether to read now.</summary>
    private protected virtual bool MayRead() => true;

    /// <summary>Whether anybody would read output that is written now; may connect to somebody first.</summary>
    private protected virtual bool HasReader() => true;

    /// <summary>Changes input on its way to the guest, in place; returns how many bytes it is then.</summary>
    private protected virtual int Filter(Span<byte> bytes) => bytes.Length;

    /// <summary>Writes a part of the output; returns how much, or <see cref="FileDescriptor.WouldBlock"/>.</summary>
    private protected virtual int Send(FileDescriptor to, ReadOnlySpan<byte> bytes) => to.Write(bytes);

    /// <summary>Waits no longer for input, until the next <see cref="Pump"/>.</summary>
    private protected void PauseInput() => _inputPaused = true;

    /// <summary>Reads until there is nothing more or the guest has no room.</summary>
    private protected void Pump()
    {
        _inputPaused = false;
        while (_input is not null && _receiver is not null && MayRead())
        {
            int room = _receiver.ReceiveRoom();
            _inputWaits = room == 0;
            if (_inputWaits)
            {
                break;
            }

            Span<byte> bytes = _inputBuffer.AsSpan(0, Math.Min(room, _inputBuffer.Length));
            int count = ReadInput(_input, bytes);
            if (count == FileDescriptor.WouldBlock)
            {
                break;
            }

            if (count == 0)
            {
                OnInputEnded();
                break;
            }

            _receiver.Receive(bytes[..Filter(bytes[..count])]);
        }

        UpdateWatches();
    }

    private static int ReadInput(FileDescriptor from, Span<byte> bytes)
    {
        try
        {
            return from.Read(bytes);
        }
        catch (LinuxException)
        {
            return 0; // a connection that was reset, a terminal that hung up
        }
    }

    private void AfterEnd()
    {
        if (_input is null && _output is null)
        {
            OnDisconnected();
        }
    }

    private void Work()
    {
        Flush();
        if (_inputWaits)
        {
            _inputWaits = false;
            Pump();
        }
    }

    private void Flush()
    {
        bool blocked = false;
        while (!blocked && _queue.Peek() is { IsEmpty: false } bytes)
        {
            int count = bytes.Length;
            if (HasReader() && _output is not null)
            {
                try
                {
                    count = Send(_output, bytes.Span);
                }
                catch (LinuxException e)
                {
                    OnOutputEnded(e.Errno is Errno.EPIPE or Errno.ECONNRESET ? null : e);
                }
            }

            blocked = count == FileDescriptor.WouldBlock;
            if (!blocked)
            {
                _queue.Consume(count);
            }
        }

        _outputBlocked = blocked;
        UpdateWatches();
    }

    private void UpdateWatches()
    {
        EpollEvents forInput = _mode | (_input is not null && !_inputWaits && !_inputPaused ? EpollEvents.EPOLLIN : EpollEvents.None);
        EpollEvents forOutput = _mode | (_outputBlocked ? EpollEvents.EPOLLOUT : EpollEvents.None);
        if (_inputWatch == _outputWatch)
        {
            _inputWatch?.Change(forInput | forOutput);
        }
        else
        {
            _inputWatch?.Change(forInput);
            _outputWatch?.Change(forOutput);
        }
    }

    private void OnEvents(EpollEvents events)
    {
        Flush();
        Pump();
        if ((events & (EpollEvents.EPOLLHUP | EpollEvents.EPOLLERR)) != 0)
        {
            OnHangUp();
        }
    }

    private void OnInputEvents(EpollEvents events)
    {
        Pump();
        if ((events & (EpollEvents.EPOLLHUP | EpollEvents.EPOLLERR)) != 0 && _input is not null)
        {
            _inputWatch?.Dispose(); // as in OnHangUp
            _inputWatch = null;
        }
    }

    private void OnOutputEvents(EpollEvents events)
    {
        if ((events & (EpollEvents.EPOLLHUP | EpollEvents.EPOLLERR)) != 0)
        {
            OnOutputEnded(null);
        }

        Flush();
    }
}
