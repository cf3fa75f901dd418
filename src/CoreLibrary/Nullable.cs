using Internal.Runtime.CompilerHelpers;

namespace System;

public readonly struct Nullable<T>
    where T : struct
{
    private readonly bool _hasValue;
    private readonly T _value;

    public Nullable(T value)
    {
        _value = value;
        _hasValue = true;
    }

    public bool HasValue => _hasValue;

    public T Value
    {
        get
        {
            if (!_hasValue)
            {
                ThrowHelpers.ThrowNullReferenceException();
            }

            return _value;
        }
    }

    public static implicit operator Nullable<T>(T value) => new Nullable<T>(value);

#pragma warning disable CS8629 // Whether there is a value is what Value itself asks.
    public static explicit operator T(Nullable<T> value) => value.Value;
#pragma warning restore CS8629

    public T GetValueOrDefault() => _value;

    public T GetValueOrDefault(T defaultValue) => _hasValue ? _value : defaultValue;
}
