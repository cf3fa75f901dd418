using Kvm.Interop.Memory;

namespace Virtio.Tests.Drivers;

/// <summary>One descriptor of a chain that a test makes.</summary>
/// <param name="Address">Guest physical address.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Writable">For the device to write.</param>
internal readonly record struct MockBuffer(GuestAddress Address, uint Length, bool Writable = false);
