using System.Globalization;
using System.Text.Json;

namespace Virtualization.Configuration;

/// <summary>Says where and why a JSON file is not good, counted as editors count.</summary>
internal static class JsonFault
{
    /// <summary>The place in a file: <c>:3:7</c>, line and column from 1; empty where it is unknown.</summary>
    public static string Place(JsonException fault) =>
        fault.LineNumber is { } line
            ? string.Create(CultureInfo.InvariantCulture, $":{line + 1}:{(fault.BytePositionInLine ?? 0) + 1}")
            : "";

    /// <summary>What is wrong, without the place.</summary>
    public static string Reason(JsonException fault)
    {
        string message = fault.Message;
        foreach (string tail in (string[])[" Path: ", " LineNumber: "])
        {
            int end = message.IndexOf(tail, StringComparison.Ordinal);
            message = end < 0 ? message : message[..end];
        }

        message = message.TrimEnd('.', ' ', '|');
        return fault.Path is { Length: > 1 } path ? $"{path[2..]}: {message}" : message;
    }
}
