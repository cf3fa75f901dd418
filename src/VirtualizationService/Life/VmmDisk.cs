namespace VirtualizationService.Life;

/// <summary>A disk as the VMM is told of it.</summary>
/// <param name="Path">A path, relative ones to the VM's directory, or <c>/proc/self/fd/N</c>.</param>
/// <param name="IsComposite">It is put together from partitions; otherwise it is raw.</param>
/// <param name="IsWritable">Whether the guest may write it.</param>
public sealed record VmmDisk(string Path, bool IsComposite, bool IsWritable);
