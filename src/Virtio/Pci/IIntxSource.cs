namespace Virtio.Pci;

/// <summary>A function that asserts an interrupt pin.</summary>
public interface IIntxSource
{
    /// <summary>Whether it asserts its pin now. From any thread, without a lock.</summary>
    bool IsAsserted { get; }
}
