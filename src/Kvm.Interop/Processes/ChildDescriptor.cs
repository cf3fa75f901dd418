using Kvm.Interop.Files;

namespace Kvm.Interop.Processes;

/// <summary>A descriptor that a child process gets.</summary>
/// <param name="Descriptor">This process's descriptor; it stays open and keeps being closed on exec.</param>
/// <param name="Number">Its number in the child, above 2; null for the number that it has here.</param>
public sealed record ChildDescriptor(FileDescriptor Descriptor, int? Number = null);
