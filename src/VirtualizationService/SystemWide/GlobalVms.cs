using System.Globalization;
using Kvm.Interop;
using Kvm.Interop.Files;
using VirtualizationService.Cids;
using VirtualizationService.Permissions;

namespace VirtualizationService.SystemWide;

/// <summary>The places of all users: who has which address and directory, and how much a user may have.</summary>
/// <param name="root">Where directories are made; root's, and searchable by all.</param>
/// <param name="policy">The limits.</param>
/// <param name="log">Takes a line for what happens.</param>
public sealed class GlobalVms(string root, Policy policy, ServiceLog log)
{
    private readonly LastCid _last = new(Path.Combine(root, "last-cid"));
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, GlobalVm> _vms = [];

    /// <summary>All that there are, by address.</summary>
    public IReadOnlyList<GlobalVm> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _vms.Values.OrderBy(static vm => vm.Cid)];
            }
        }
    }

    /// <summary>What a user has: the number of VMs and their memory in MiB.</summary>
    public (int Count, int MemoryMib) UsageOf(uint user)
    {
        lock (_lock)
        {
            return (_vms.Values.Count(vm => vm.User == user), _vms.Values.Where(vm => vm.User == user).Sum(static vm => vm.MemoryMib));
        }
    }

    /// <summary>Gives a user a place: an address that nobody else has, and a directory of the user's own.</summary>
    /// <exception cref="RefusedException">The user has reached a limit, or no address is left.</exception>
    public GlobalVm Allocate(Caller user, int process, int memoryMib)
    {
        ArgumentNullException.ThrowIfNull(user);
        if (memoryMib < 0)
        {
            throw new RefusedException(Refusal.Argument, $"a virtual machine cannot have {memoryMib} MiB of memory");
        }

        lock (_lock)
        {
            CheckLimits(user, memoryMib);
            uint cid = _last.Read();
            for (int attempt = 0; attempt < CidRange.Count; attempt++)
            {
                cid = CidRange.After(cid);
                if (!_vms.ContainsKey(cid))
                {
                    GlobalVm vm = new(cid, MakeDirectory(cid, user), user.User, process, memoryMib);
                    _vms.Add(cid, vm);
                    _last.Write(cid);
                    return vm;
                }
            }

            throw new RefusedException(Refusal.Failed, $"no address is left for another virtual machine: {CidRange.First} to {CidRange.Last} are in use");
        }
    }

    /// <summary>Keeps which terminal shows a guest's console.</summary>
    public void SetHostConsoleName(uint cid, string path)
    {
        lock (_lock)
        {
            if (_vms.TryGetValue(cid, out GlobalVm? vm))
            {
                _vms[cid] = vm with { HostConsoleName = path };
            }
        }
    }

    /// <summary>Takes a place back.</summary>
    public void Release(uint cid)
    {
        lock (_lock)
        {
            if (_vms.Remove(cid, out GlobalVm? vm))
            {
                RemoveDirectory(vm.Directory);
            }
        }
    }

    /// <summary>Removes what a service that was killed has left.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            foreach ((uint cid, string path) in Directories.VmDirectory.List(root))
            {
                if (!_vms.ContainsKey(cid) && !Directories.VmDirectory.IsHeld(path))
                {
                    RemoveDirectory(path);
                }
            }
        }
    }

    private void CheckLimits(Caller user, int memoryMib)
    {
        (int count, int memory) = UsageOf(user.User);
        if (count >= policy.MaxVmsPerUser)
        {
            throw new RefusedException(Refusal.Security, $"{user.Name} has {count} virtual machines, as many as the policy lets a user have (maxVmsPerUser)");
        }

        if (policy.MaxMemoryMibPerUser > 0 && memory + (long)memoryMib > policy.MaxMemoryMibPerUser)
        {
            throw new RefusedException(
                Refusal.Security,
                $"{user.Name} has virtual machines of {memory} MiB; {memoryMib} more are above the {policy.MaxMemoryMibPerUser} that the policy lets a user have (maxMemoryMibPerUser)");
        }
    }

    private string MakeDirectory(uint cid, Caller user)
    {
        string path = Path.Combine(root, cid.ToString(CultureInfo.InvariantCulture));
        try
        {
            if (Path.Exists(path))
            {
                RemoveDirectory(path);
            }

            if (!PrivateDirectory.TryCreate(path) || Directory.EnumerateFileSystemEntries(path).Any())
            {
                throw new RefusedException(Refusal.Failed, $"{path} cannot be made empty");
            }

            FileOwner.Change(path, user.User, user.Group);
            return path;
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(Refusal.Failed, $"{path} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>
    /// Removes a directory that was a user's. Taken back first, so that the user cannot exchange its entries, and without going into directories
    /// in it, which could be exchanged for links elsewhere while root goes through them: a VM's directory has none.
    /// </summary>
    private void RemoveDirectory(string path)
    {
        try
        {
            FileOwner.Change(path, PrivateDirectory.User, 0);
            foreach (string entry in Directory.EnumerateFileSystemEntries(path))
            {
                File.Delete(entry);
            }

            Directory.Delete(path);
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            log.Write($"{path} cannot be removed: {e.Message}");
        }
    }
}
