namespace Pvmfw.Disk;

/// <summary>The end of a wait.</summary>
internal struct Deadline<TPlatform>
    where TPlatform : struct, IDiskPlatform
{
    // The slowest counter of the architecture, of 1 MHz, moves within far fewer looks. One that stands would make a wait endless.
    private const uint MostLooksAtOneTick = 1 << 20;

    private readonly ulong _start;
    private readonly ulong _length;
    private ulong _last;
    private uint _looks;

    /// <param name="seconds">How long to wait.</param>
    internal Deadline(ulong seconds)
    {
        _start = TPlatform.Ticks;
        _last = _start;
        _length = seconds * TPlatform.TicksPerSecond;
    }

    /// <summary>Lets a moment pass.</summary>
    /// <returns>False when the time is over.</returns>
    internal bool Wait()
    {
        TPlatform.Pause();
        ulong now = TPlatform.Ticks;
        _looks = now == _last ? _looks + 1 : 0;
        _last = now;
        return now - _start < _length && _looks < MostLooksAtOneTick;
    }
}
