namespace VirtualizationService.Life;

/// <summary>A place that the system service has given; disposing gives it back.</summary>
public interface IGlobalContext : IDisposable
{
    /// <summary>The guest's address.</summary>
    uint Cid { get; }

    /// <summary>A directory of this user alone.</summary>
    string TemporaryDirectory { get; }

    /// <summary>Keeps which terminal shows the guest's console.</summary>
    void SetHostConsoleName(string path);
}
