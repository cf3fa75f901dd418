using Kvm.Interop.Files;

namespace Kvm.Interop;

/// <summary>A device that KVM emulates itself, with attributes to set it up.</summary>
/// <remarks>A VM is destroyed only when the descriptors of its devices are closed too.</remarks>
public class KvmDevice : KvmAttributeTarget
{
    internal KvmDevice(FileDescriptor descriptor)
        : base(descriptor)
    {
    }
}
