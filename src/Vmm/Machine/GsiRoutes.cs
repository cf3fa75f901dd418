using Kvm.Interop;
using Kvm.Interop.Interrupts;

namespace Vmm.Machine;

/// <summary>The VM's one table from GSIs to interrupts: the GIC's pins at their own numbers, then messages of PCI functions.</summary>
/// <remarks>KVM_SET_GSI_ROUTING replaces the whole table, so nobody else may set it. A message that was never told is not in the table.</remarks>
internal sealed class GsiRoutes
{
    private readonly Lock _gate = new();
    private readonly KvmVm _vm;
    private readonly List<IrqRoute?> _messages = [];
    private IrqRoute[] _table = [];
    private bool _changed;

    public GsiRoutes(KvmVm vm) => _vm = vm;

    /// <summary>Takes the next free GSI for a message.</summary>
    public uint Add()
    {
        lock (_gate)
        {
            _messages.Add(null);
            _table = new IrqRoute[InterruptLayout.SpiCount + _messages.Count];
            return InterruptLayout.SpiCount + (uint)_messages.Count - 1;
        }
    }

    /// <summary>Says where a message goes, from the next <see cref="Commit"/> on.</summary>
    public void Set(uint gsi, ulong address, uint data, uint deviceId)
    {
        IrqRoute route = IrqRoute.ToMsi(gsi, address, data, deviceId);
        lock (_gate)
        {
            int index = (int)(gsi - InterruptLayout.SpiCount);
            _changed |= _messages[index] != route;
            _messages[index] = route;
        }
    }

    /// <summary>Gives the kernel the table if it has changed.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void Commit()
    {
        lock (_gate)
        {
            if (!_changed)
            {
                return;
            }

            int count = 0;
            for (uint spi = 0; spi < InterruptLayout.SpiCount; spi++)
            {
                _table[count++] = IrqRoute.ToPin(spi, spi);
            }

            foreach (IrqRoute? message in _messages)
            {
                if (message is { } route)
                {
                    _table[count++] = route;
                }
            }

            _vm.SetGsiRouting(_table.AsSpan(0, count));
            _changed = false;
        }
    }
}
