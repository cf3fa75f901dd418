// Attributes that the sources carry and the compilers look for. None of them does anything at run time.
namespace System
{
    public class Attribute;

    public enum AttributeTargets
    {
        Assembly = 1, Module = 2, Class = 4, Struct = 8, Enum = 16, Constructor = 32, Method = 64, Property = 128, Field = 256,
        Event = 512, Interface = 1024, Parameter = 2048, Delegate = 4096, ReturnValue = 8192, GenericParameter = 16384, All = 32767,
    }

    public sealed class AttributeUsageAttribute(AttributeTargets validOn) : Attribute
    {
        public AttributeTargets ValidOn { get; } = validOn;

        public bool AllowMultiple { get; set; }

        public bool Inherited { get; set; }
    }

    public sealed class ParamArrayAttribute : Attribute;

    public sealed class FlagsAttribute : Attribute;

    public sealed class CLSCompliantAttribute(bool isCompliant) : Attribute
    {
        public bool IsCompliant { get; } = isCompliant;
    }

    public sealed class ObsoleteAttribute(string? message = null, bool error = false) : Attribute
    {
        public string? Message { get; } = message;

        public bool IsError { get; } = error;

        public string? DiagnosticId { get; set; }
    }
}

namespace System.Reflection
{
    public sealed class DefaultMemberAttribute(string memberName) : Attribute
    {
        public string MemberName { get; } = memberName;
    }
}

namespace System.CodeDom.Compiler
{
    public sealed class GeneratedCodeAttribute(string? tool, string? version) : Attribute
    {
        public string? Tool { get; } = tool;

        public string? Version { get; } = version;
    }
}

namespace System.Diagnostics
{
    public sealed class ConditionalAttribute(string conditionString) : Attribute
    {
        public string ConditionString { get; } = conditionString;
    }

    public sealed class StackTraceHiddenAttribute : Attribute;
}

namespace System.Diagnostics.CodeAnalysis
{
    public sealed class SuppressMessageAttribute(string category, string checkId) : Attribute
    {
        public string Category { get; } = category;

        public string CheckId { get; } = checkId;

        public string? Justification { get; set; }
    }

    public sealed class ExcludeFromCodeCoverageAttribute : Attribute;

    public sealed class AllowNullAttribute : Attribute;

    public sealed class MaybeNullAttribute : Attribute;

    public sealed class NotNullAttribute : Attribute;

    public sealed class UnscopedRefAttribute : Attribute;

    public sealed class DoesNotReturnAttribute : Attribute;

    public sealed class NotNullWhenAttribute(bool returnValue) : Attribute
    {
        public bool ReturnValue { get; } = returnValue;
    }

    public sealed class MaybeNullWhenAttribute(bool returnValue) : Attribute
    {
        public bool ReturnValue { get; } = returnValue;
    }
}

namespace System.Runtime
{
    internal sealed class RuntimeExportAttribute(string name) : Attribute
    {
        public string Name { get; } = name;
    }

    internal sealed class RuntimeImportAttribute(string library, string name) : Attribute
    {
        public string Library { get; } = library;

        public string Name { get; } = name;
    }
}

namespace System.Runtime.CompilerServices
{
    public enum MethodImplOptions
    {
        NoInlining = 8, NoOptimization = 64, AggressiveInlining = 256, AggressiveOptimization = 512, InternalCall = 4096,
    }

    public sealed class MethodImplAttribute(MethodImplOptions value) : Attribute
    {
        public MethodImplOptions Value { get; } = value;
    }

    public sealed class IntrinsicAttribute : Attribute;

    public sealed class IsReadOnlyAttribute : Attribute;

    public sealed class RequiresLocationAttribute : Attribute;

    public sealed class IsByRefLikeAttribute : Attribute;

    public sealed class IsUnmanagedAttribute : Attribute;

    public sealed class CompilerGeneratedAttribute : Attribute;

    public sealed class ExtensionAttribute : Attribute;

    public sealed class UnsafeValueTypeAttribute : Attribute;

    public sealed class ScopedRefAttribute : Attribute;

    public sealed class SkipLocalsInitAttribute : Attribute;

    public sealed class RequiredMemberAttribute : Attribute;

    public sealed class CompilerFeatureRequiredAttribute(string featureName) : Attribute
    {
        public string FeatureName { get; } = featureName;
    }

    public sealed class FixedBufferAttribute(Type elementType, int length) : Attribute
    {
        public Type ElementType { get; } = elementType;

        public int Length { get; } = length;
    }

    public sealed class InlineArrayAttribute(int length) : Attribute
    {
        public int Length { get; } = length;
    }

    public sealed class InternalsVisibleToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }

    public sealed class CallerArgumentExpressionAttribute(string parameterName) : Attribute
    {
        public string ParameterName { get; } = parameterName;
    }

    public sealed class TupleElementNamesAttribute(string[] transformNames) : Attribute
    {
        public string[] TransformNames { get; } = transformNames;
    }

    public sealed class DecimalConstantAttribute : Attribute;

    public static class IsVolatile;

    public static class IsExternalInit;
}

namespace System.Runtime.InteropServices
{
    public enum LayoutKind
    {
        Sequential = 0, Explicit = 2, Auto = 3,
    }

    public enum CharSet
    {
        None = 1, Ansi = 2, Unicode = 3, Auto = 4,
    }

    public sealed class StructLayoutAttribute(LayoutKind layoutKind) : Attribute
    {
        public int Pack;
        public int Size;
        public CharSet CharSet;

        public LayoutKind Value { get; } = layoutKind;
    }

    public sealed class FieldOffsetAttribute(int offset) : Attribute
    {
        public int Value { get; } = offset;
    }

    /// <summary>For methods whose addresses C has, and functions of a library.</summary>
    public sealed class UnmanagedCallersOnlyAttribute : Attribute
    {
        public string? EntryPoint;
    }

    public sealed class InAttribute : Attribute;

    public sealed class OutAttribute : Attribute;

    public sealed class UnmanagedType;
}
