namespace Virtualization.Binder;

/// <summary>The numbers that oneway calls had reached when the last reference to their object was given up.</summary>
/// <remarks>
/// The peer may have sent the object once more before it heard of that: then its node lives on, and so must the number, or the next oneway call
/// would have one that was used. Only the last few can be so recent.
/// </remarks>
internal sealed class AsyncNumbers
{
    private const int Capacity = 1024;

    private readonly Dictionary<ulong, ulong> _numbers = [];
    private readonly Queue<ulong> _order = new();

    internal void Keep(ulong address, ulong number)
    {
        if (number == 0)
        {
            return;
        }

        if (!_numbers.ContainsKey(address))
        {
            if (_order.Count == Capacity)
            {
                _numbers.Remove(_order.Dequeue());
            }

            _order.Enqueue(address);
        }

        _numbers[address] = number;
    }

    internal ulong Take(ulong address) => _numbers.GetValueOrDefault(address);
}
