namespace BootLoader.Dice;

/// <summary>What is wrong with a chain, and with which of its members.</summary>
public readonly struct DiceFault
{
    /// <summary>A fault.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="index">0 for the chain and its root key, otherwise the certificate's number from 1.</param>
    public DiceFault(DiceError error, int index)
    {
        Error = error;
        Index = index;
    }

    /// <summary>What is wrong.</summary>
    public DiceError Error { get; }

    /// <summary>0 for the chain and its root key, otherwise the certificate's number from 1.</summary>
    public int Index { get; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsNone => Error == DiceError.None;
}
