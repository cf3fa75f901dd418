using System.Diagnostics;
using System.Globalization;
using System.Text;
using Virtualization.Binder;

namespace VmClient;

/// <summary>What is done with a payload's service: one line of output each.</summary>
/// <param name="session">The connection.</param>
internal sealed class PayloadActions(RpcSession session)
{
    // What a transaction can have, RpcLimits, less the token and the length.
    private const int LargeBytes = 99_000;
    private const int TooManyBytes = 101_000;

    private readonly Payload _payload = new(session.Root ?? throw new InvalidOperationException("the payload serves no object"));

    /// <summary>Does one thing.</summary>
    /// <param name="word">Its name, and after colons its arguments.</param>
    public void Do(string word)
    {
        string[] parts = word.Split(':');
        Console.WriteLine($"{parts[0]} {Answer(parts)}");
    }

    private string Answer(string[] parts) => parts switch
    {
        ["secret", var name] => Convert.ToHexStringLower(_payload.Secret(Encoding.UTF8.GetBytes(name))),
        ["write", var name, var text] => Done(() => _payload.WriteFile(name, Encoding.UTF8.GetBytes(text))),
        ["read", var name] => _payload.ReadFile(name) is { } content ? Encoding.UTF8.GetString(content) : "none",
        ["boots"] => Text(_payload.Boots()),
        ["new-instance"] => _payload.IsNewInstance() ? "yes" : "no",
        ["calls", var count, var threads] => Calls(Number(count), Number(threads)),
        ["notes", var count] => Notes(Number(count)),
        ["large"] => Large(),
        ["callback", var times] => Callback(Number(times)),
        ["unknown"] => Unknown(),
        ["spin"] => Spin(),
        ["exit", var code] => Exit(Number(code)),
        _ => throw new ArgumentException($"'{string.Join(':', parts)}' is nothing that can be done"),
    };

    /// <summary>Adds on several threads at once; how many sums were right.</summary>
    private string Calls(int count, int threads)
    {
        int right = 0;
        var clock = Stopwatch.StartNew();
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            for (int i = number; i < count; i += threads)
            {
                if (_payload.Add(i, number) == i + number)
                {
                    Interlocked.Increment(ref right);
                }
            }
        }))];
        Array.ForEach(workers, static worker => worker.Start());
        Array.ForEach(workers, static worker => worker.Join());
        Console.Error.WriteLine($"{count} calls took {clock.ElapsedMilliseconds} ms");
        return Text(right);
    }

    /// <summary>Sends oneway calls; how many came, negative when they came in another order.</summary>
    private string Notes(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _payload.Note(i);
        }

        // Not ordered with oneway calls, which may still be under way.
        for (int attempt = 0; Math.Abs(_payload.Notes()) < count && attempt < 100; attempt++)
        {
            Thread.Sleep(50);
        }

        return Text(_payload.Notes());
    }

    private string Large()
    {
        byte[] bytes = new byte[LargeBytes];
        new Random(5).NextBytes(bytes);
        bool isSame = bytes.AsSpan().SequenceEqual(_payload.Echo(bytes));
        string refusal = "was taken";
        try
        {
            _payload.Echo(new byte[TooManyBytes]);
        }
        catch (BinderException failure)
        {
            refusal = $"{failure.Status}";
        }

        // The session goes on.
        return $"{(isSame ? "the same" : "another")}, {TooManyBytes} bytes: {refusal}, then {_payload.Add(1, 2)}";
    }

    private string Callback(int times)
    {
        Adder adder = new();
        int right = _payload.Callback(adder, times);
        return $"{right} of {adder.Calls}";
    }

    private string Unknown()
    {
        using Parcel data = new();
        data.WriteInterfaceToken(Payload.Descriptor);
        using Parcel reply = new();
        try
        {
            session.Root!.Transact(12345, data, reply);
            return "was carried out";
        }
        catch (BinderException failure)
        {
            return $"{failure.Status}";
        }
    }

    /// <summary>Calls until the payload is gone.</summary>
    private string Spin()
    {
        Console.WriteLine("spins");
        try
        {
            for (int i = 0; ; i++)
            {
                _payload.Echo(BitConverter.GetBytes(i));
            }
        }
        catch (BinderException failure)
        {
            return $"{failure.Status}";
        }
    }

    /// <summary>A call that nobody answers has arrived only when it shows.</summary>
    private string Exit(int code)
    {
        using ManualResetEventSlim ended = new();
        session.Ended += (_, _) => ended.Set();
        _payload.Exit(code);
        return ended.Wait(TimeSpan.FromSeconds(60)) ? "done" : throw new TimeoutException("the payload has not ended");
    }

    private static string Done(Action action)
    {
        action();
        return "done";
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
