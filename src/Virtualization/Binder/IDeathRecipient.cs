namespace Virtualization.Binder;

/// <summary>Is told that a remote object is gone.</summary>
public interface IDeathRecipient
{
    /// <summary>Called once, on a thread of the pool, after the object's session has ended.</summary>
    void BinderDied(IBinder who);
}
