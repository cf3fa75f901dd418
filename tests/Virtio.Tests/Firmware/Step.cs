namespace Virtio.Tests.Firmware;

/// <summary>What a driver did, in its order.</summary>
internal enum Step
{
    StoreShared,
    LoadShared,
    StoreRegister,
    OrderStores,
    OrderLoads,
}
