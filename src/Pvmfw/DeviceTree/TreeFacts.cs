using System.Buffers.Binary;

namespace Pvmfw.DeviceTree;

/// <summary>What the host's device tree says, checked and copied: nothing here refers to the tree, which may be overwritten.</summary>
/// <remarks>Made by <see cref="TreeFactsReader"/>; the tables lie in bytes of the caller.</remarks>
public ref struct TreeFacts
{
    /// <summary>CPUs that are kept; the host's others stay off.</summary>
    public const int MostCpus = 16;

    /// <summary>Clusters a CPU map may have.</summary>
    public const int MostClusters = 3;

    /// <summary>Cores a cluster may have.</summary>
    public const int MostCores = 10;

    /// <summary>Entries a table of operating points may have.</summary>
    public const int MostOperatingPoints = 20;

    /// <summary>Pins of PCI devices.</summary>
    public const int MostPciPins = 16;

    /// <summary>Longest command line in bytes: arm64's COMMAND_LINE_SIZE without its terminator.</summary>
    public const int MostBootArguments = 2047;

    /// <summary>Bytes of an instance's identifier.</summary>
    public const int InstanceIdSize = 64;

    /// <summary>Bytes that the tables take.</summary>
    public const int StorageSize = AvfEnd;

    private const int FrequencySize = sizeof(ulong);
    private const int FrequencyTableSize = MostOperatingPoints * FrequencySize;
    private const int CountsStart = 0;
    private const int CapacitiesStart = CountsStart + MostCpus;
    private const int CoresStart = CapacitiesStart + MostCpus * sizeof(uint);
    private const int FrequenciesStart = CoresStart + MostClusters * MostCores;
    private const int BootArgumentsStart = FrequenciesStart + MostCpus * FrequencyTableSize;
    private const int InstanceIdStart = BootArgumentsStart + MostBootArguments;
    private const int UntrustedStart = InstanceIdStart + InstanceIdSize;
    private const int AvfStart = UntrustedStart + 8192;
    private const int AvfEnd = AvfStart + 8192;

    private readonly Span<byte> _storage;
    private int _bootArgumentsLength;
    private int _untrustedLength;
    private int _avfLength;

    internal TreeFacts(Span<byte> storage)
    {
        this = default;
        _storage = storage[..StorageSize];
        _storage.Clear();
    }

    /// <summary>Guest RAM.</summary>
    public MemoryRange Ram { get; internal set; }

    /// <summary>CPUs in the tree.</summary>
    public uint HostCpuCount { get; internal set; }

    /// <summary>CPUs that are kept.</summary>
    public readonly int CpuCount => (int)Math.Min(HostCpuCount, MostCpus);

    /// <summary>Clusters of the CPU map; 0: there is no map.</summary>
    public int ClusterCount { get; internal set; }

    /// <summary>The redistributors of all the host's CPUs.</summary>
    public MemoryRange GicRedistributors { get; internal set; }

    /// <summary>PCI configuration space.</summary>
    public MemoryRange PciCam { get; internal set; }

    /// <summary>The first PCI window, mostly the low one.</summary>
    public PciWindow PciFirst { get; internal set; }

    /// <summary>The second PCI window.</summary>
    public PciWindow PciSecond { get; internal set; }

    /// <summary>Devices, from number 1, that have an interrupt pin.</summary>
    public int PciPins { get; internal set; }

    /// <summary>A bit for each UART that is there, by the index in <see cref="GuestMap.SerialAddress"/>.</summary>
    public uint SerialPorts { get; internal set; }

    /// <summary>There is a real-time clock.</summary>
    public bool HasRtc { get; internal set; }

    /// <summary>There are performance monitors.</summary>
    public bool HasPmu { get; internal set; }

    /// <summary>The guest may ask the hypervisor for frequencies of the host.</summary>
    public bool HasHypercallCpuFrequency { get; internal set; }

    /// <summary>There is a virtual cpufreq device.</summary>
    public bool HasCpuFrequencyDevice { get; internal set; }

    /// <summary>The pool that DMA is restricted to.</summary>
    public DmaPool DmaPool { get; internal set; }

    /// <summary>The kernel with its signature; empty where the host gives none.</summary>
    public MemoryRange Kernel { get; internal set; }

    /// <summary>The initial RAM disk; empty where there is none.</summary>
    public MemoryRange Initrd { get; internal set; }

    /// <summary>The host asks that the guest keeps its own protection against rollback.</summary>
    public bool DefersRollbackProtection { get; internal set; }

    /// <summary>The host names the instance.</summary>
    public bool HasInstanceId { get; internal set; }

    /// <summary>The host gave a command line, maybe an empty one.</summary>
    public bool HasBootArguments { get; internal set; }

    /// <summary>The kernel's command line, without its terminator.</summary>
    public readonly ReadOnlySpan<byte> BootArguments => _storage.Slice(BootArgumentsStart, _bootArgumentsLength);

    /// <summary>The instance's identifier, where it is given.</summary>
    public readonly ReadOnlySpan<byte> InstanceId => _storage.Slice(InstanceIdStart, HasInstanceId ? InstanceIdSize : 0);

    /// <summary>The properties of <c>/avf/untrusted</c>, a <see cref="PropertyList"/>.</summary>
    public readonly ReadOnlySpan<byte> UntrustedProperties => _storage.Slice(UntrustedStart, _untrustedLength);

    /// <summary>The properties of <c>/avf</c> that the device's reference confirms, a <see cref="PropertyList"/>.</summary>
    public readonly ReadOnlySpan<byte> AvfProperties => _storage.Slice(AvfStart, _avfLength);

    /// <summary>A CPU's capacity, in DMIPS/MHz as the host scales it; 0: not given.</summary>
    public readonly uint GetCapacity(int cpu) => BinaryPrimitives.ReadUInt32LittleEndian(_storage[(CapacitiesStart + cpu * sizeof(uint))..]);

    /// <summary>Operating points of a CPU; 0: it has no table.</summary>
    public readonly int GetOperatingPointCount(int cpu) => _storage[CountsStart + cpu];

    /// <summary>One operating point's frequency in hertz.</summary>
    public readonly ulong GetFrequency(int cpu, int point) => BinaryPrimitives.ReadUInt64LittleEndian(_storage[FrequencyOffset(cpu, point)..]);

    /// <summary>The CPU that is a core of a cluster, or -1 where there is no such core.</summary>
    public readonly int GetCore(int cluster, int core) => _storage[CoresStart + cluster * MostCores + core] - 1;

    internal readonly void SetCapacity(int cpu, uint capacity) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_storage[(CapacitiesStart + cpu * sizeof(uint))..], capacity);

    internal readonly void SetFrequency(int cpu, int point, ulong hertz)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_storage[FrequencyOffset(cpu, point)..], hertz);
        _storage[CountsStart + cpu] = (byte)(point + 1);
    }

    internal readonly void SetCore(int cluster, int core, int cpu) => _storage[CoresStart + cluster * MostCores + core] = (byte)(cpu + 1);

    internal bool TrySetBootArguments(ReadOnlySpan<byte> arguments)
    {
        HasBootArguments = arguments.Length <= MostBootArguments;
        if (HasBootArguments)
        {
            arguments.CopyTo(_storage[BootArgumentsStart..]);
            _bootArgumentsLength = arguments.Length;
        }

        return HasBootArguments;
    }

    internal bool TrySetInstanceId(ReadOnlySpan<byte> id)
    {
        HasInstanceId = id.Length == InstanceIdSize;
        if (HasInstanceId)
        {
            id.CopyTo(_storage[InstanceIdStart..]);
        }

        return HasInstanceId;
    }

    internal readonly PropertyList NewUntrustedList() => new(_storage[UntrustedStart..AvfStart]);

    internal readonly PropertyList NewAvfList() => new(_storage[AvfStart..AvfEnd]);

    internal void SetUntrustedLength(int length) => _untrustedLength = length;

    internal void SetAvfLength(int length) => _avfLength = length;

    private static int FrequencyOffset(int cpu, int point) => FrequenciesStart + cpu * FrequencyTableSize + point * FrequencySize;
}
