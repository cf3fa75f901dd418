namespace Virtualization.Binder;

/// <summary>How a message divides into parcel and table of objects.</summary>
internal static class RpcParcelSize
{
    /// <summary>The size of the parcel.</summary>
    /// <param name="room">Bytes behind the message's own fields.</param>
    /// <param name="said">The size that the message says; version 0 does not.</param>
    /// <param name="version">The session's.</param>
    /// <exception cref="RpcProtocolException">It does not fit.</exception>
    internal static int Check(int room, uint said, uint version)
    {
        if (version < RpcWire.ExplicitParcelSize)
        {
            return room;
        }

        if (said > (uint)room)
        {
            throw new RpcProtocolException($"a message with room for {room} bytes says that its parcel has {said}");
        }

        if ((room - said) % sizeof(uint) != 0)
        {
            throw new RpcProtocolException($"a message has {room - said} bytes behind its parcel, which is no table of positions of 4 bytes each");
        }

        return (int)said;
    }
}
