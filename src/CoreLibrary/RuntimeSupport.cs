// What the compilers ask for by name besides types and attributes.
using System.Runtime.CompilerServices;

namespace System.Runtime.CompilerServices
{
    public class RuntimeHelpers
    {
        public static unsafe int OffsetToStringData => sizeof(nint) + sizeof(int);

        // The compiler puts the data's place here.
        [Intrinsic]
        public static ReadOnlySpan<T> CreateSpan<T>(RuntimeFieldHandle field) => default;
    }

    /// <summary>Which parts of the language the C# compiler may use.</summary>
    public static class RuntimeFeature
    {
        public const string ByRefFields = nameof(ByRefFields);
        public const string ByRefLikeGenerics = nameof(ByRefLikeGenerics);
        public const string DefaultImplementationsOfInterfaces = nameof(DefaultImplementationsOfInterfaces);
        public const string NumericIntPtr = nameof(NumericIntPtr);
        public const string UnmanagedSignatureCallingConvention = nameof(UnmanagedSignatureCallingConvention);
        public const string VirtualStaticsInInterfaces = nameof(VirtualStaticsInInterfaces);
    }
}

namespace System.Runtime.InteropServices
{
    public interface IDynamicInterfaceCastable
    {
        bool IsInterfaceImplemented(RuntimeTypeHandle interfaceType, bool throwIfNotImplemented);

        RuntimeTypeHandle GetInterfaceImplementation(RuntimeTypeHandle interfaceType);

        internal static unsafe void* GetDynamicInterfaceImplementation(IDynamicInterfaceCastable instance, void* interfaceType, ushort slot) => null;
    }

    public static class MemoryMarshal
    {
        public static ref T GetReference<T>(Span<T> span) => ref span.Start;

        public static ref T GetReference<T>(ReadOnlySpan<T> span) => ref span.Start;

        public static Span<T> CreateSpan<T>(scoped ref T reference, int length) => new(ref Unsafe.AsRef(in reference), length);

        public static ReadOnlySpan<T> CreateReadOnlySpan<T>(scoped ref readonly T reference, int length) => new(ref Unsafe.AsRef(in reference), length);
    }
}

namespace System.Runtime
{
    /// <summary>Never called: these programs cast nothing and have no arrays.</summary>
    internal static unsafe class TypeCast
    {
        private static object CheckCastAny(void* type, object value) => value;

        private static object CheckCastInterface(void* type, object value) => value;

        private static object CheckCastClass(void* type, object value) => value;

        private static object CheckCastClassSpecial(void* type, object value) => value;

        private static object IsInstanceOfAny(void* type, object value) => value;

        private static object IsInstanceOfInterface(void* type, object value) => value;

        private static object IsInstanceOfClass(void* type, object value) => value;

        private static object IsInstanceOfException(void* type, object value) => value;

        private static void StelemRef(object[] array, nint index, object value)
        {
        }

        private static ref object LdelemaRef(object[] array, nint index, void* type) => ref array[index];

        private static void CheckArrayStore(object array, object value)
        {
        }
    }
}

namespace Internal.Runtime.CompilerHelpers
{
    using System.Diagnostics.CodeAnalysis;

    internal static class StartupCodeHelpers;

    /// <summary>Where a check that fails leads. There are no exceptions: the program stops (Panic is its own).</summary>
    internal static class ThrowHelpers
    {
        [DoesNotReturn]
        public static void ThrowIndexOutOfRangeException() => Panic.Stop("index out of range"u8);

        [DoesNotReturn]
        public static void ThrowDivideByZeroException() => Panic.Stop("division by zero"u8);

        [DoesNotReturn]
        public static void ThrowOverflowException() => Panic.Stop("overflow"u8);

        [DoesNotReturn]
        public static void ThrowNullReferenceException() => Panic.Stop("null reference"u8);

        [DoesNotReturn]
        public static void ThrowInvalidProgramException() => Panic.Stop("invalid program"u8);

        [DoesNotReturn]
        public static void ThrowPlatformNotSupportedException() => Panic.Stop("not supported"u8);

        [DoesNotReturn]
        public static void ThrowFeatureBodyRemoved() => Panic.Stop("code left out"u8);

        [DoesNotReturn]
        public static void ThrowBodyRemoved() => Panic.Stop("code left out"u8);

        [DoesNotReturn]
        public static void ThrowUnavailableType() => Panic.Stop("type left out"u8);

        [DoesNotReturn]
        public static void ThrowInstanceBodyRemoved() => Panic.Stop("code left out"u8);

        [DoesNotReturn]
        public static void ThrowArgumentException() => Panic.Stop("argument"u8);

        [DoesNotReturn]
        public static void ThrowArgumentOutOfRangeException() => Panic.Stop("argument out of range"u8);
    }

    internal static class LdTokenHelpers
    {
        private static RuntimeTypeHandle GetRuntimeTypeHandle(nint pointer) => default;

        private static RuntimeMethodHandle GetRuntimeMethodHandle(nint pointer) => default;

        private static RuntimeFieldHandle GetRuntimeFieldHandle(nint pointer) => default;

        private static Type? GetRuntimeType(nint pointer) => null;
    }
}
