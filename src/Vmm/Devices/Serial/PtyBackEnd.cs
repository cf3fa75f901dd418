using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;

namespace Vmm.Devices.Serial;

/// <summary>A port on a new pseudo terminal (<c>type=pty</c>). Programs may open and leave it as they like; output in between is dropped.</summary>
public sealed class PtyBackEnd : SerialBackEnd
{
    private readonly string? _link;
    private readonly Epoll _hangUp = new();
    private readonly EpollEntry[] _state = new EpollEntry[1];

    /// <param name="loop">Reads and writes.</param>
    /// <param name="link">A symbolic link to the terminal is made here, in place of an older link; null for none.</param>
    /// <exception cref="LinuxException">No terminal is left.</exception>
    /// <exception cref="IOException">The link cannot be made.</exception>
    public PtyBackEnd(EventLoop loop, string? link)
        : base(loop)
    {
        PseudoTerminal pseudoTerminal = PseudoTerminal.Open();
        try
        {
            TerminalPath = pseudoTerminal.Path;
            using (FileDescriptor userEnd = pseudoTerminal.OpenUserEnd())
            {
                // Raw and left so: the terminal would send the guest its own output back as an echo. Having been open once it counts as
                // hung up from here on until somebody opens it.
                _ = TerminalMode.EnterRaw(userEnd);
            }

            if (link is not null)
            {
                if (new FileInfo(link).LinkTarget is not null)
                {
                    File.Delete(link);
                }

                File.CreateSymbolicLink(link, TerminalPath);
                _link = link;
            }

            FileDescriptor master = pseudoTerminal.Master;
            master.SetNonBlocking(true);
            _hangUp.Add(master, EpollEvents.EPOLLIN, 0);

            // Edge-triggered, because a terminal that nobody has open is hung up all the time.
            Connect(master, master, EpollEvents.EPOLLET);
        }
        catch
        {
            pseudoTerminal.Dispose();
            _hangUp.Dispose();
            throw;
        }
    }

    /// <summary>What to open: <c>/dev/pts/N</c>.</summary>
    public string TerminalPath { get; }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_link is not null && new FileInfo(_link).LinkTarget == TerminalPath)
        {
            File.Delete(_link);
        }

        _hangUp.Dispose();
        base.Dispose();
    }

    // A read fails while nobody has the terminal open; what the last one typed can still be read.
    private protected override bool MayRead() => State() != EpollEvents.EPOLLHUP;

    private protected override bool HasReader() => (State() & EpollEvents.EPOLLHUP) == 0;

    private protected override void OnHangUp()
    {
    }

    private protected override void OnInputEnded()
    {
    }

    private EpollEvents State() => _hangUp.Wait(_state, 0) > 0 ? _state[0].Events : EpollEvents.None;
}
