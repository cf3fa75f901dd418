namespace Microdroid.Debugging;

/// <summary>Takes crash reports.</summary>
internal interface ITombstones
{
    /// <summary>Sends one to the host. What goes wrong with it is only logged.</summary>
    void Send(string report);
}
