namespace Virtualization.Aidl;

/// <summary>What one VM has that no other VM of this host has, for as long as a reference to it is held (AVF IGlobalVmContext.aidl).</summary>
public interface IGlobalVmContext
{
    /// <summary>The name that the interface has on the wire.</summary>
    const string Descriptor = "android.system.virtualizationservice_internal.IGlobalVmContext";

    /// <summary>Transaction code of <see cref="GetCid"/>; the others follow in the order of the methods.</summary>
    const uint GetCidTransaction = 1;

    /// <summary>Transaction code of <see cref="GetTemporaryDirectory"/>.</summary>
    const uint GetTemporaryDirectoryTransaction = 2;

    /// <summary>Transaction code of <see cref="SetHostConsoleName"/>.</summary>
    const uint SetHostConsoleNameTransaction = 3;

    /// <summary>The context id.</summary>
    int GetCid();

    /// <summary>The path of the VM's directory for files that last as long as it.</summary>
    string GetTemporaryDirectory();

    /// <summary>Tells the path of the terminal of the VM's console, for the list.</summary>
    void SetHostConsoleName(string pathname);
}
