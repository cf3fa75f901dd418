using Kvm.Interop;
using Virtualization.Binder;

namespace Virtualization;

/// <summary>A VM could not be made, changed, started or reached. The message is one line for the user: what was tried, on what, why not.</summary>
public sealed class VirtualMachineException : Exception
{
    /// <summary>A failure.</summary>
    public VirtualMachineException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Runs what talks to the service or touches files, and turns its failures into this exception.</summary>
    /// <exception cref="VirtualMachineException">It failed.</exception>
    internal static T Wrap<T>(string what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (BinderException failure) when (failure.Status == StatusCode.DeadObject)
        {
            throw new VirtualMachineException($"{what}: the service of this process (virtmgr) has ended", failure);
        }
        catch (Exception failure) when (failure is BinderException or LinuxException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new VirtualMachineException($"{what}: {failure.Message}", failure);
        }
    }

    /// <inheritdoc cref="Wrap{T}"/>
    internal static void Wrap(string what, Action action) => Wrap(what, () =>
    {
        action();
        return true;
    });
}
