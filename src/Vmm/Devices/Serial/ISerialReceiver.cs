namespace Vmm.Devices.Serial;

/// <summary>A serial device as its back end sees it: input for the guest goes here.</summary>
public interface ISerialReceiver
{
    /// <summary>Called, from any thread and at most once, when there is room again after <see cref="ReceiveRoom"/> returned 0.</summary>
    Action? RoomAvailable { get; set; }

    /// <summary>The number of bytes that <see cref="Receive"/> will take now. After 0, <see cref="RoomAvailable"/> follows.</summary>
    int ReceiveRoom();

    /// <summary>Hands over input for the guest.</summary>
    /// <returns>The number of bytes taken, from the front; less than given when there was no room for more.</returns>
    int Receive(ReadOnlySpan<byte> bytes);
}
