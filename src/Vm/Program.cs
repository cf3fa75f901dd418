using Kvm.Interop.Files;
using Vm;
using Vm.CommandLine;

using VmHost host = new(
    new DescriptorWriter(FileDescriptor.StandardOutput),
    new DescriptorWriter(new FileDescriptor(2, "standard error", ownsHandle: false)),
    static () => new Virtualization.VirtualMachineManager());
return await VmCommandLine.Run(args, host).ConfigureAwait(false);
