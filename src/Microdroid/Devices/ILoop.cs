namespace Microdroid.Devices;

/// <summary>A loop device. It goes away when this is disposed and nothing else uses it.</summary>
internal interface ILoop : IDisposable
{
    /// <summary>The device's path.</summary>
    string Path { get; }
}
