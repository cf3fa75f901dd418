namespace Virtualization.Binder;

/// <summary>What a client says first (RpcConnectionHeader).</summary>
internal readonly record struct RpcConnectionHeader(uint Version, bool Incoming, RpcFileDescriptors DescriptorMode, byte[] SessionId);
