using Kvm.Interop;

namespace HostProbe;

/// <summary>Runs checks and prints a line for each: <c>ok NAME: DETAIL</c>, <c>skip NAME: REASON</c> or <c>FAIL NAME: WHAT</c>.</summary>
internal sealed class CheckList
{
    /// <summary>How many failed.</summary>
    internal int Failures { get; private set; }

    /// <summary>A check that returns its detail, and throws what went wrong.</summary>
    internal void Check(string name, Func<string> check)
    {
        try
        {
            Console.WriteLine($"ok   {name}: {check()}");
        }
        catch (Exception e)
        {
            Failures++;
            Console.WriteLine($"FAIL {name}: {e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>A check of something that a host may lack.</summary>
    internal void CheckIf(bool possible, string name, string reason, Func<string> check)
    {
        if (possible)
        {
            Check(name, check);
        }
        else
        {
            Skip(name, reason);
        }
    }

    /// <summary>Says that a check does not apply.</summary>
    internal static void Skip(string name, string reason) => Console.WriteLine($"skip {name}: {reason}");

    /// <summary>A call that the kernel must refuse with one of these error numbers.</summary>
    internal void Refused(string name, Action call, params int[] expected) => Check(name, () =>
    {
        try
        {
            call();
        }
        catch (LinuxException e) when (expected.Contains(e.Errno))
        {
            return e.Message;
        }

        throw new InvalidOperationException("the kernel allowed it");
    });

    /// <summary>Throws unless two values are the same.</summary>
    internal static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new InvalidOperationException($"{what} is {actual}, not {expected}");
        }
    }
}
