namespace Virtualization.Binder;

/// <content>Oneway calls that came: those of one object are carried out in the order of their numbers.</content>
internal sealed partial class RpcNodeTable
{
    private long _waitingBytes;

    /// <summary>Puts a oneway call that came into its place.</summary>
    /// <returns>Whether it is to be carried out now; otherwise it waits for an earlier one.</returns>
    /// <exception cref="RpcProtocolException">Its number was used already, or too many wait.</exception>
    internal bool BeginOneWay(RpcNode node, RpcTransaction call)
    {
        lock (_gate)
        {
            if (call.AsyncNumber == node.AsyncNumber && !node.AsyncRunning)
            {
                node.AsyncRunning = true;
                return true;
            }

            if (call.AsyncNumber <= node.AsyncNumber)
            {
                throw new RpcProtocolException($"a oneway call has the number {call.AsyncNumber}, which an earlier one had");
            }

            node.Waiting ??= [];
            if (node.Waiting.Count >= limits.MaxQueuedOneWay || _waitingBytes + call.Size > limits.MaxQueuedOneWayBytes)
            {
                throw new RpcProtocolException(
                    $"{node.Waiting.Count} oneway calls ({_waitingBytes} bytes in the session) wait for the one with the number {node.AsyncNumber}, and there are more");
            }

            if (_ended || !node.Waiting.TryAdd(call.AsyncNumber, call))
            {
                throw new RpcProtocolException($"a oneway call has the number {call.AsyncNumber}, which an earlier one had");
            }

            _waitingBytes += call.Size;
            return false;
        }
    }

    /// <summary>A oneway call was carried out.</summary>
    /// <returns>The one that has waited for it; null when it has not come.</returns>
    internal RpcTransaction? NextOneWay(RpcNode node)
    {
        lock (_gate)
        {
            node.AsyncNumber++;
            if (node.Waiting?.Remove(node.AsyncNumber, out RpcTransaction? next) == true)
            {
                _waitingBytes -= next.Size;
                return next;
            }

            node.AsyncRunning = false;
            return null;
        }
    }
}
