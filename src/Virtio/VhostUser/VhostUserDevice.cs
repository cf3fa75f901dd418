using System.Collections.Immutable;
using Kvm.Interop.Events;
using Kvm.Interop.Sockets;
using Virtio.Queues;

namespace Virtio.VhostUser;

/// <summary>A device whose queues another process serves (QEMU, docs/interop/vhost-user.rst): it gets guest memory and the rings' eventfds.</summary>
/// <remarks>
/// <para>
/// The back end is agreed with when the device is made, so that a wrong one ends the start with a line. What it says later is read on the loop's
/// thread with an end to each wait. One that is slow, says what it may not, or dies is given up: the device needs a reset, or shows a link that is
/// down; with the driver's next start it is connected to anew.
/// </para>
/// <para>The loop waits for back ends, so it serves nothing else. Guest memory must be in a file, which a protected guest's never is.</para>
/// </remarks>
public sealed class VhostUserDevice : LoopDevice
{
    private readonly VhostUserSettings _settings;
    private readonly Lock _gate = new(); // of the configuration, which vCPU threads read
    private readonly byte[] _configuration;
    private readonly LoopTask _write;
    private VhostUserSession? _session;
    private EventWatch? _watch;
    private VhostUserChannel? _channel;
    private int _writeStart;
    private int _writeEnd;

    /// <summary>Connects to the back end.</summary>
    /// <param name="loop">Serves vhost-user devices alone.</param>
    /// <param name="settings">What to connect to, and what the driver sees.</param>
    /// <exception cref="VhostUserException">There is none, or it is not fit.</exception>
    public VhostUserDevice(EventLoop loop, VhostUserSettings settings)
        : base(loop)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        VhostUserSession session = VhostUserSession.Open(settings);
        try
        {
            Features = session.Features;
            _configuration = session.Configuration;
            QueueSizes = [.. Enumerable.Repeat(settings.QueueSize, session.QueueCount)];
            _write = loop.CreateTask(PassWriteOn);
            Adopt(session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override VirtioDeviceType DeviceType => _settings.Kind.Type;

    /// <inheritdoc/>
    public override string Name => _settings.Name;

    /// <inheritdoc/>
    public override ulong Features { get; }

    /// <inheritdoc/>
    public override ImmutableArray<ushort> QueueSizes { get; }

    /// <inheritdoc/>
    public override void ReadConfiguration(int offset, Span<byte> data)
    {
        data.Clear();
        lock (_gate)
        {
            if (offset >= 0 && offset < _configuration.Length)
            {
                ReadOnlySpan<byte> rest = _configuration.AsSpan(offset);
                rest[..Math.Min(rest.Length, data.Length)].CopyTo(data);
            }
        }
    }

    /// <inheritdoc/>
    public override void WriteConfiguration(int offset, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (offset < 0 || offset >= _configuration.Length)
            {
                return;
            }

            int end = offset + Math.Min(data.Length, _configuration.Length - offset);
            data[..(end - offset)].CopyTo(_configuration.AsSpan(offset));
            // Stores that come before the first is passed on go with it, with what lies between.
            _writeStart = _writeEnd == 0 ? offset : Math.Min(_writeStart, offset);
            _writeEnd = Math.Max(_writeEnd, end);
        }

        _write.Schedule();
    }

    /// <inheritdoc/>
    protected override bool Serves(int queue, DeviceActivation activation) => false;

    /// <inheritdoc/>
    protected override bool OnNotified(Virtqueue queue) => false;

    /// <inheritdoc/>
    protected override void OnActivated()
    {
        try
        {
            Connect();
            _session!.Start(Activation!);
        }
        catch (VhostUserException e)
        {
            Lose(e.Message);
        }
    }

    /// <inheritdoc/>
    protected override void OnReset()
    {
        try
        {
            _session?.Stop(Activation!);
        }
        catch (VhostUserException e)
        {
            Release();
            _settings.Report($"{Name}: {e.Message}");
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Release();
            _write.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Connect()
    {
        if (_session is not null)
        {
            return;
        }

        VhostUserSession session = VhostUserSession.Open(_settings);
        if ((Features & ~session.Features) != 0 || session.QueueCount != QueueSizes.Length)
        {
            session.Dispose();
            throw new VhostUserException($"the back end at {session.Socket.Name} lacks features or queues that the one before it had");
        }

        lock (_gate)
        {
            session.Configuration.CopyTo(_configuration, 0);
        }

        Adopt(session);
        _settings.Report($"{Name}: there is a back end again");
        Activation?.Signals.ConfigurationChanged();
    }

    private void Adopt(VhostUserSession session)
    {
        _session = session;
        if (session.WantsChannel)
        {
            (StreamSocket ours, StreamSocket theirs) = StreamSocket.CreatePair();
            using (theirs)
            {
                _channel = new VhostUserChannel(Loop, ours, RefreshConfiguration);
                session.SetChannel(theirs);
            }
        }

        // All that is asked for is read at once, so what is there now is the end, or was not asked for.
        _watch = Loop.Watch(session.Socket, EpollEvents.EPOLLIN | EpollEvents.EPOLLRDHUP, _ => Lose($"the back end at {session.Socket.Name} is gone"));
    }

    private void RefreshConfiguration()
    {
        if (_session is not { HasOwnConfiguration: false } session)
        {
            return;
        }

        Span<byte> fresh = stackalloc byte[VhostUserProtocol.MaxConfigSize];
        fresh = fresh[.._configuration.Length];
        try
        {
            session.ReadConfiguration(fresh);
        }
        catch (VhostUserException e)
        {
            Lose(e.Message);
            return;
        }

        lock (_gate)
        {
            fresh.CopyTo(_configuration);
        }

        Activation?.Signals.ConfigurationChanged();
    }

    private void PassWriteOn()
    {
        Span<byte> bytes = stackalloc byte[VhostUserProtocol.MaxConfigSize];
        int start;
        lock (_gate)
        {
            start = _writeStart;
            bytes = bytes[..(_writeEnd - start)];
            _configuration.AsSpan(start, bytes.Length).CopyTo(bytes);
            _writeStart = _writeEnd = 0;
        }

        if (bytes.IsEmpty || _session is not { HasOwnConfiguration: false } session)
        {
            return;
        }

        try
        {
            session.WriteConfiguration(start, bytes);
        }
        catch (VhostUserException e)
        {
            Lose(e.Message);
        }
    }

    /// <summary>The back end is given up. The driver sees it, the VM goes on.</summary>
    private void Lose(string reason)
    {
        bool own = _session?.HasOwnConfiguration ?? true;
        Release();
        _settings.Report($"{Name}: {reason}");
        if (Activation is not { } activation)
        {
            return;
        }

        bool shown;
        lock (_gate)
        {
            shown = own && _settings.Kind.ShowLoss(activation.Features, _configuration);
        }

        if (shown)
        {
            activation.Signals.ConfigurationChanged();
        }
        else
        {
            activation.Fail(reason);
        }
    }

    private void Release()
    {
        _watch?.Dispose();
        _watch = null;
        _channel?.Dispose();
        _channel = null;
        _session?.Dispose();
        _session = null;
    }
}
