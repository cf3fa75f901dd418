using Virtio.Console;

namespace Vmm.Devices.Serial;

/// <summary>A virtio console as its back end sees it.</summary>
internal sealed class ConsoleInput(ConsoleDevice device) : ISerialReceiver
{
    public Action? RoomAvailable
    {
        get => device.InputRoomAvailable;
        set => device.InputRoomAvailable = value;
    }

    public int ReceiveRoom() => device.InputRoom();

    public int Receive(ReadOnlySpan<byte> bytes) => device.Receive(bytes);
}
