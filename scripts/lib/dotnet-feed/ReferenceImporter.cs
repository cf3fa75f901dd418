using Mono.Cecil;
using Mono.Cecil.Cil;

namespace DotnetFeed;

/// <summary>
/// Copies method bodies from one build of an assembly into another build of it: every type, method and field that a body
/// refers to is replaced by the one of the same name in the target. Private methods and constant data that the target
/// lacks are added to it.
/// </summary>
internal sealed class ReferenceImporter(ModuleDefinition target, Dictionary<string, TypeDefinition> targetTypes)
{
    private const string DataHolder = "<PrivateImplementationDetails>";

    private readonly Dictionary<MethodDefinition, MethodDefinition> _methods = [];
    private readonly Dictionary<FieldDefinition, FieldDefinition> _fields = [];
    private readonly Queue<(MethodDefinition From, MethodDefinition To)> _pending = new();

    /// <summary>Bodies copied so far.</summary>
    public int Bodies { get; private set; }

    /// <summary>Methods and data added to the target so far.</summary>
    public int Added { get; private set; }

    /// <summary>Asks for a body; <see cref="CopyPending"/> copies it.</summary>
    public void Enqueue(MethodDefinition from, MethodDefinition to) => _pending.Enqueue((from, to));

    /// <summary>Copies the bodies asked for, and those of the methods that had to be added for them.</summary>
    public void CopyPending()
    {
        while (_pending.TryDequeue(out var pair))
        {
            CopyBody(pair.From, pair.To);
            Bodies++;
        }
    }

    /// <summary>Whether a copied body refers to this method of the target.</summary>
    public bool IsUsed(MethodDefinition method) => _methods.ContainsValue(method);

    private TypeDefinition Find(TypeDefinition source) =>
        targetTypes.TryGetValue(source.FullName, out TypeDefinition? found)
            ? found
            : throw new FeedException($"the x64 CoreLib has no type {source.FullName}");

    private TypeReference Import(TypeReference source, MethodDefinition context)
    {
        switch (source)
        {
            case GenericParameter { Type: GenericParameterType.Method } parameter:
                return context.GenericParameters[parameter.Position];
            case GenericParameter parameter:
                return context.DeclaringType.GenericParameters[parameter.Position];
            case GenericInstanceType generic:
                var instance = new GenericInstanceType(Import(generic.ElementType, context));
                foreach (TypeReference argument in generic.GenericArguments)
                {
                    instance.GenericArguments.Add(Import(argument, context));
                }

                return instance;
            case ArrayType { IsVector: true } array:
                return new ArrayType(Import(array.ElementType, context));
            case ArrayType array:
                var copy = new ArrayType(Import(array.ElementType, context), array.Rank);
                for (int i = 0; i < array.Dimensions.Count; i++)
                {
                    copy.Dimensions[i] = array.Dimensions[i];
                }

                return copy;
            case ByReferenceType reference: return new ByReferenceType(Import(reference.ElementType, context));
            case PointerType pointer: return new PointerType(Import(pointer.ElementType, context));
            case PinnedType pinned: return new PinnedType(Import(pinned.ElementType, context));
            case RequiredModifierType modified:
                return new RequiredModifierType(Import(modified.ModifierType, context), Import(modified.ElementType, context));
            case OptionalModifierType modified:
                return new OptionalModifierType(Import(modified.ModifierType, context), Import(modified.ElementType, context));
            case FunctionPointerType pointer:
                var function = new FunctionPointerType
                {
                    CallingConvention = pointer.CallingConvention,
                    HasThis = pointer.HasThis,
                    ExplicitThis = pointer.ExplicitThis,
                    ReturnType = Import(pointer.ReturnType, context),
                };
                CopyParameters(pointer, function, context);
                return function;
            case TypeDefinition definition:
                return Find(definition);
            default:
                return targetTypes.TryGetValue(source.FullName, out TypeDefinition? found) ? found : Find(source.Resolve());
        }
    }

    private void CopyParameters(IMethodSignature from, IMethodSignature to, MethodDefinition context)
    {
        foreach (ParameterDefinition parameter in from.Parameters)
        {
            to.Parameters.Add(new ParameterDefinition(parameter.Name, parameter.Attributes, Import(parameter.ParameterType, context)));
        }
    }

    private MethodDefinition Import(MethodDefinition source)
    {
        if (!_methods.TryGetValue(source, out MethodDefinition? method))
        {
            TypeDefinition type = Find(source.DeclaringType);
            method = type.Methods.FirstOrDefault(m =>
                m.FullName == source.FullName && m.GenericParameters.Count == source.GenericParameters.Count);
            if (method == null)
            {
                method = Add(source, type);
            }

            _methods[source] = method;
        }

        return method;
    }

    private MethodDefinition Add(MethodDefinition source, TypeDefinition type)
    {
        var method = new MethodDefinition(source.Name, source.Attributes, target.TypeSystem.Void)
        {
            ImplAttributes = source.ImplAttributes,
            HasThis = source.HasThis,
            ExplicitThis = source.ExplicitThis,
            CallingConvention = source.CallingConvention,
        };
        type.Methods.Add(method);
        _methods[source] = method;
        foreach (GenericParameter parameter in source.GenericParameters)
        {
            method.GenericParameters.Add(new GenericParameter(parameter.Name, method) { Attributes = parameter.Attributes });
        }

        for (int i = 0; i < source.GenericParameters.Count; i++)
        {
            foreach (GenericParameterConstraint constraint in source.GenericParameters[i].Constraints)
            {
                TypeReference imported = Import(constraint.ConstraintType, method);
                method.GenericParameters[i].Constraints.Add(new GenericParameterConstraint(imported));
            }
        }

        method.ReturnType = Import(source.ReturnType, method);
        CopyParameters(source, method, method);
        if (source.IsPInvokeImpl)
        {
            ModuleReference module = target.ModuleReferences.First(m => m.Name == source.PInvokeInfo.Module.Name);
            method.PInvokeInfo = new PInvokeInfo(source.PInvokeInfo.Attributes, source.PInvokeInfo.EntryPoint, module);
        }

        Added++;
        if (source.HasBody)
        {
            _pending.Enqueue((source, method));
        }

        return method;
    }

    private FieldDefinition Import(FieldDefinition source)
    {
        if (!_fields.TryGetValue(source, out FieldDefinition? field))
        {
            field = source.DeclaringType.Name == DataHolder ? ImportData(source) : Find(source.DeclaringType).Fields.FirstOrDefault(f => f.Name == source.Name);
            _fields[source] = field ?? throw new FeedException($"the x64 CoreLib has no field {source.FullName}");
        }

        return field;
    }

    /// <summary>Constant data: the field's name is the hash of its bytes, its type their number.</summary>
    private FieldDefinition ImportData(FieldDefinition source)
    {
        TypeDefinition holder = targetTypes[DataHolder];
        FieldDefinition? field = holder.Fields.FirstOrDefault(f => f.Name == source.Name);
        if (field != null)
        {
            return field.InitialValue.AsSpan().SequenceEqual(source.InitialValue)
                ? field
                : throw new FeedException($"constant data {source.Name} differs");
        }

        if (!targetTypes.TryGetValue(source.FieldType.FullName, out TypeDefinition? type))
        {
            TypeDefinition original = source.FieldType.Resolve();
            type = new TypeDefinition(original.Namespace, original.Name, original.Attributes, targetTypes["System.ValueType"])
            {
                PackingSize = original.PackingSize,
                ClassSize = original.ClassSize,
            };
            holder.NestedTypes.Add(type);
            targetTypes[type.FullName] = type;
        }

        field = new FieldDefinition(source.Name, source.Attributes, type) { InitialValue = source.InitialValue };
        holder.Fields.Add(field);
        Added++;
        return field;
    }

    private MethodReference Import(MethodReference source, MethodDefinition context)
    {
        if (source is GenericInstanceMethod generic)
        {
            var instance = new GenericInstanceMethod(Import(generic.ElementMethod, context));
            foreach (TypeReference argument in generic.GenericArguments)
            {
                instance.GenericArguments.Add(Import(argument, context));
            }

            return instance;
        }

        if (source.DeclaringType is ArrayType)
        {
            // The methods of an array type have no definition.
            var accessor = new MethodReference(source.Name, Import(source.ReturnType, context), Import(source.DeclaringType, context))
            {
                HasThis = source.HasThis,
            };
            CopyParameters(source, accessor, context);
            return accessor;
        }

        MethodDefinition method = Import(source.Resolve() ?? throw new FeedException($"the arm64 CoreLib does not define {source.FullName}"));
        if (Import(source.DeclaringType, context) is not GenericInstanceType type)
        {
            return method;
        }

        var reference = new MethodReference(method.Name, method.ReturnType, type)
        {
            HasThis = method.HasThis,
            ExplicitThis = method.ExplicitThis,
            CallingConvention = method.CallingConvention,
        };
        foreach (GenericParameter parameter in method.GenericParameters)
        {
            reference.GenericParameters.Add(new GenericParameter(parameter.Name, reference));
        }

        foreach (ParameterDefinition parameter in method.Parameters)
        {
            reference.Parameters.Add(new ParameterDefinition(parameter.ParameterType));
        }

        return reference;
    }

    private FieldReference Import(FieldReference source, MethodDefinition context)
    {
        FieldDefinition field = Import(source.Resolve());
        return source is not FieldDefinition && Import(source.DeclaringType, context) is GenericInstanceType type
            ? new FieldReference(field.Name, field.FieldType, type)
            : field;
    }

    private CallSite Import(CallSite source, MethodDefinition context)
    {
        var site = new CallSite(Import(source.ReturnType, context))
        {
            CallingConvention = source.CallingConvention,
            HasThis = source.HasThis,
            ExplicitThis = source.ExplicitThis,
        };
        CopyParameters(source, site, context);
        return site;
    }

    private void CopyBody(MethodDefinition from, MethodDefinition to)
    {
        var body = new MethodBody(to) { InitLocals = from.Body.InitLocals, MaxStackSize = from.Body.MaxStackSize };
        foreach (VariableDefinition variable in from.Body.Variables)
        {
            body.Variables.Add(new VariableDefinition(Import(variable.VariableType, to)));
        }

        // Branches go forward as well: first an empty instruction for each, then their contents.
        var map = new Dictionary<Instruction, Instruction>();
        foreach (Instruction instruction in from.Body.Instructions)
        {
            map[instruction] = Instruction.Create(OpCodes.Nop);
            body.Instructions.Add(map[instruction]);
        }

        foreach (Instruction instruction in from.Body.Instructions)
        {
            Instruction copy = map[instruction];
            copy.OpCode = instruction.OpCode;
            copy.Operand = instruction.Operand switch
            {
                Instruction branch => map[branch],
                Instruction[] branches => branches.Select(b => map[b]).ToArray(),
                VariableDefinition variable => body.Variables[variable.Index],
                ParameterDefinition { Index: < 0 } => body.ThisParameter,
                ParameterDefinition parameter => to.Parameters[parameter.Index],
                MethodReference method => Import(method, to),
                FieldReference field => Import(field, to),
                TypeReference type => Import(type, to),
                CallSite site => Import(site, to),
                var constant => constant,
            };
        }

        Instruction? At(Instruction? instruction) => instruction == null ? null : map[instruction];
        foreach (ExceptionHandler handler in from.Body.ExceptionHandlers)
        {
            body.ExceptionHandlers.Add(new ExceptionHandler(handler.HandlerType)
            {
                CatchType = handler.CatchType == null ? null : Import(handler.CatchType, to),
                TryStart = At(handler.TryStart),
                TryEnd = At(handler.TryEnd),
                HandlerStart = At(handler.HandlerStart),
                HandlerEnd = At(handler.HandlerEnd),
                FilterStart = At(handler.FilterStart),
            });
        }

        to.Body = body;
    }
}
