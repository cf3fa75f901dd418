namespace Virtualization.Binder;

/// <summary>What each message begins with.</summary>
internal readonly record struct RpcHeader(uint Command, uint BodySize);
