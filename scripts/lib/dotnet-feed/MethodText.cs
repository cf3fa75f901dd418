using System.Text;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace DotnetFeed;

/// <summary>A method's body as text in which two compilations of the same source are equal.</summary>
internal static class MethodText
{
    public static string Of(MethodDefinition method)
    {
        if (!method.HasBody)
        {
            return $"{method.Attributes}|{method.ImplAttributes}|{method.PInvokeInfo?.EntryPoint}@{method.PInvokeInfo?.Module?.Name}";
        }

        var index = new Dictionary<Instruction, int>();
        foreach (Instruction instruction in method.Body.Instructions)
        {
            index[instruction] = index.Count;
        }

        var text = new StringBuilder();
        foreach (Instruction instruction in method.Body.Instructions)
        {
            // Short and long forms of a branch differ with the distance only.
            string name = instruction.OpCode.Name;
            text.Append(name.EndsWith(".s", StringComparison.Ordinal) ? name[..^2] : name)
                .Append(' ').Append(Operand(instruction.Operand, index)).Append('\n');
        }

        foreach (VariableDefinition variable in method.Body.Variables)
        {
            text.Append("local ").Append(variable.VariableType).Append('\n');
        }

        return text.ToString();
    }

    private static string? Operand(object? operand, Dictionary<Instruction, int> index) => operand switch
    {
        null => "",
        Instruction target => $"IL{index[target]}",
        Instruction[] targets => string.Join(',', targets.Select(t => $"IL{index[t]}")),
        VariableDefinition variable => $"V{variable.Index}",
        ParameterDefinition parameter => $"P{parameter.Index}",
        FieldDefinition { InitialValue: { Length: > 0 } data } => $"data:{Convert.ToHexString(data)}",
        _ => operand.ToString(),
    };
}
