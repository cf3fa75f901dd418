// The types that the compilers know by name. The numbers' storage is the compilers' own; only constants are declared.
namespace System;

public class Object
{
#pragma warning disable CS0169, CA1823 // The compiler lays every object out with its type pointer first.
    private readonly nint _methodTable;
#pragma warning restore CS0169, CA1823

    public virtual bool Equals(object? other) => false;

    public virtual int GetHashCode() => 0;

    public virtual string? ToString() => null;
}

public abstract class ValueType;

public abstract class Enum : ValueType;

public struct Void;

public struct Boolean;

public struct Char
{
    public const char MinValue = '\0';
    public const char MaxValue = '\uffff';
}

public struct SByte
{
    public const sbyte MinValue = -128;
    public const sbyte MaxValue = 127;
}

public struct Byte
{
    public const byte MinValue = 0;
    public const byte MaxValue = 255;
}

public struct Int16
{
    public const short MinValue = -32768;
    public const short MaxValue = 32767;
}

public struct UInt16
{
    public const ushort MinValue = 0;
    public const ushort MaxValue = 65535;
}

public struct Int32
{
    public const int MinValue = -2147483648;
    public const int MaxValue = 2147483647;
}

public struct UInt32
{
    public const uint MinValue = 0;
    public const uint MaxValue = 4294967295;
}

public struct Int64
{
    public const long MinValue = -9223372036854775808;
    public const long MaxValue = 9223372036854775807;
}

public struct UInt64
{
    public const ulong MinValue = 0;
    public const ulong MaxValue = 18446744073709551615;
}

public struct IntPtr;

public struct UIntPtr;

public struct Single;

public struct Double;

public sealed class String
{
    public readonly int Length;
    public char FirstChar;
}

public abstract class Array
{
    public readonly int Length;
}

internal sealed class Array<T> : Array;

// What the compilers want to exist; these programs have no use for it.
public struct RuntimeTypeHandle;

public struct RuntimeMethodHandle;

public struct RuntimeFieldHandle;

public abstract class Type;

public class RuntimeType : Type;

public abstract class Delegate;

public abstract class MulticastDelegate : Delegate;

public class Exception;

public interface IDisposable
{
    void Dispose();
}

public interface IEquatable<T>
    where T : allows ref struct
{
    bool Equals(T? other);
}

public class AppContext
{
    public static void SetData(string name, object value)
    {
    }
}
