namespace Kvm.Interop.Memory;

/// <summary>Advice to the host kernel about a mapping (madvise(2)).</summary>
[Flags]
public enum MappingOptions
{
    /// <summary>Ordinary pages, inherited on fork, part of a core dump.</summary>
    None = 0,

    /// <summary>Transparent huge pages where possible (MADV_HUGEPAGE); a memfd also needs the host's shmem_enabled at <c>advise</c>.</summary>
    HugePages = 1 << 0,

    /// <summary>A forked child does not get the mapping (MADV_DONTFORK): it would fault on a protected VM's private pages.</summary>
    DontFork = 1 << 1,

    /// <summary>Left out of core dumps (MADV_DONTDUMP).</summary>
    DontDump = 1 << 2,
}
