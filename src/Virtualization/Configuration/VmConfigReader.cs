using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Vmm.CommandLine;

namespace Virtualization.Configuration;

/// <summary>Reads and checks a <see cref="VmConfigFile"/>; every complaint names the file, the line and the column.</summary>
internal static class VmConfigReader
{
    internal const string OneCpu = "one_cpu";
    internal const string MatchHost = "match_host";

    /// <summary>The most characters in a partition's name (UEFI specification 2.10, 5.3.3: 72 bytes of UTF-16).</summary>
    private const int MaxLabelLength = 36;

    private static readonly string[] s_vm =
    [
        "name", "kernel", "initrd", "params", "bootloader", "disks", "protected", "memory_mib", "cpu_topology", "platform_version", "devices",
        "console_input_device", "usb_config",
    ];

    private static readonly string[] s_disk = ["image", "partitions", "writable"];
    private static readonly string[] s_partition = ["label", "path", "writable", "guid"];
    private static readonly string[] s_usb = ["controller"];

    /// <exception cref="VirtualMachineException">It is none.</exception>
    internal static VmConfigFile Read(ReadOnlySpan<byte> json, string source)
    {
        ReadOnlySpan<byte> bom = Encoding.UTF8.Preamble;
        json = json.StartsWith(bom) ? json[bom.Length..] : json;
        char[] text = new char[json.Length];
        if (Utf8.ToUtf16(json, text, out int valid, out _, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            throw Fault(json, valid, source, "this is no UTF-8");
        }

        try
        {
            RefuseUnknownMembers(json, source);
            VmConfigFile config = JsonSerializer.Deserialize(json, VmConfigJson.Default.VmConfigFile)
                ?? throw new VirtualMachineException($"{source}:1:1: null is no configuration of a VM");
            Check(config, source);
            return config;
        }
        catch (InvalidOperationException fault)
        {
            // An escape that is half a character (\uD800): the reader does not say where.
            throw new VirtualMachineException($"{source}: a text in it is no Unicode", fault);
        }
        catch (JsonException fault)
        {
            throw new VirtualMachineException($"{source}{JsonFault.Place(fault)}: {Explain(fault)}", fault);
        }
    }

    /// <summary>Goes over the names of all members, which the serializer would only call unmapped.</summary>
    private static void RefuseUnknownMembers(ReadOnlySpan<byte> json, string source)
    {
        Utf8JsonReader reader = new(json);
        Stack<string[]?> known = new();
        string[]? next = s_vm;
        HashSet<(int, string)> seen = [];
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    known.Push(next);
                    seen.RemoveWhere(member => member.Item1 == known.Count);
                    break;
                case JsonTokenType.EndObject:
                    known.Pop();
                    next = null;
                    break;
                case JsonTokenType.StartArray:
                    break;
                case JsonTokenType.PropertyName when known.Peek() is { } names:
                    string name = reader.GetString()!;
                    if (!names.Contains(name))
                    {
                        throw Fault(json, (int)reader.TokenStartIndex, source, $"unknown member '{name}'{ClosestName.Hint(name, names)}");
                    }

                    if (!seen.Add((known.Count, name)))
                    {
                        throw Fault(json, (int)reader.TokenStartIndex, source, $"the member '{name}' is given twice");
                    }

                    next = name switch
                    {
                        "disks" => s_disk,
                        "partitions" => s_partition,
                        "usb_config" => s_usb,
                        _ => null,
                    };
                    break;
                default:
                    break;
            }

            // Each element of a list of objects has the same members.
            if (reader.TokenType == JsonTokenType.EndObject && known.TryPeek(out string[]? outer))
            {
                next = outer == s_vm ? s_disk : outer == s_disk ? s_partition : null;
            }
        }
    }

    private static void Check(VmConfigFile config, string source)
    {
        Require(config.Kernel is not null || config.Bootloader is not null, "a kernel or a bootloader is needed");
        Require(config.Kernel is null || config.Bootloader is null, "kernel and bootloader exclude each other");
        Require(config.Initrd is null || config.Kernel is not null, "an initrd needs a kernel");
        Require(config.MemoryMib is null or > 0, $"memory_mib is {config.MemoryMib}; it must be positive");
        Require(
            config.CpuTopology is null or OneCpu or MatchHost,
            $"cpu_topology is '{config.CpuTopology}'; it can be {OneCpu} or {MatchHost}");
        Require(
            config.ConsoleInputDevice is null or "hvc0" or "ttyS0",
            $"console_input_device is '{config.ConsoleInputDevice}'; it can be hvc0 or ttyS0");
        Require(
            VersionRequirement.Parse(config.PlatformVersion) is not null,
            $"platform_version is '{config.PlatformVersion}', which is no requirement of Semantic Versioning such as ~1.0");
        for (int i = 0; i < config.Disks.Count; i++)
        {
            DiskFile disk = config.Disks[i];
            Require(disk is not null, $"disks[{i}] is null");
            Require(disk!.Image is null != disk.Partitions is null or { Count: 0 }, $"disks[{i}] must have exactly one of image and partitions");
            HashSet<string> labels = new(StringComparer.Ordinal);
            foreach (PartitionFile partition in disk.Partitions ?? [])
            {
                Require(partition is not null, $"disks[{i}] has a partition that is null");
                Require(
                    partition!.Label.Length is > 0 and <= MaxLabelLength,
                    $"disks[{i}] has a partition whose label '{partition.Label}' is not of 1 to {MaxLabelLength} characters");
                Require(labels.Add(partition.Label), $"disks[{i}] has two partitions '{partition.Label}'");
                Require(
                    partition.Guid is null || Guid.TryParseExact(partition.Guid, "D", out _),
                    $"disks[{i}] has a partition whose guid '{partition.Guid}' is none");
            }
        }

        void Require(bool condition, string otherwise)
        {
            if (!condition)
            {
                throw new VirtualMachineException($"{source}: {otherwise}");
            }
        }
    }

    private static string Explain(JsonException fault)
    {
        // The library's sentence goes on with path and position, which are said already.
        string text = fault.Message;
        int end = text.IndexOf(" Path: ", StringComparison.Ordinal);
        text = end >= 0 ? text[..end] : text;
        if (text.Contains("missing required", StringComparison.Ordinal))
        {
            string members = text[(text.LastIndexOf(':') + 1)..].Trim().TrimEnd('.').Replace("'", "", StringComparison.Ordinal);
            return $"{members} is missing{Place(fault)}";
        }

        return text.Contains("could not be converted", StringComparison.Ordinal) || text.Contains("doesn't allow setting null", StringComparison.Ordinal)
            || text.Contains("disallows null", StringComparison.Ordinal)
            ? $"a value of another kind is needed{Place(fault)}"
            : text.Split(" LineNumber:")[0].TrimEnd('.');
    }

    private static string Place(JsonException fault) => fault.Path is null or "$" ? "" : $" at {fault.Path[2..]}";

    private static VirtualMachineException Fault(ReadOnlySpan<byte> json, int position, string source, string what)
    {
        ReadOnlySpan<byte> before = json[..position];
        int line = before.Count((byte)'\n') + 1;
        int column = position - (before.LastIndexOf((byte)'\n') + 1) + 1;
        return new VirtualMachineException($"{source}:{line}:{column}: {what}");
    }
}
