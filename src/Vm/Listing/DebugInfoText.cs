using System.Text;
using Virtualization.Aidl;

namespace Vm.Listing;

/// <summary>VMs as AVF's <c>vm list</c> prints them: Rust's form of debug output, which scripts read.</summary>
internal static class DebugInfoText
{
    public static string Of(IReadOnlyList<VirtualMachineDebugInfo> vms)
    {
        if (vms.Count == 0)
        {
            return "[]";
        }

        StringBuilder text = new("[\n");
        foreach (VirtualMachineDebugInfo vm in vms)
        {
            text.Append("    VirtualMachineDebugInfo {\n");
            text.Append($"        cid: {vm.Cid},\n");
            text.Append($"        temporaryDirectory: {Quoted(vm.TemporaryDirectory)},\n");
            text.Append($"        requesterUid: {vm.RequesterUid},\n");
            text.Append($"        requesterPid: {vm.RequesterPid},\n");
            text.Append(vm.HostConsoleName is { } console
                ? $"        hostConsoleName: Some(\n            {Quoted(console)},\n        ),\n"
                : "        hostConsoleName: None,\n");
            text.Append("    },\n");
        }

        return text.Append(']').ToString();
    }

    /// <summary>A path comes from another user's process: what would move a terminal's cursor is written as an escape.</summary>
    private static string Quoted(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char character in text)
        {
            _ = character switch
            {
                '"' or '\\' => quoted.Append('\\').Append(character),
                _ when char.IsControl(character) => quoted.Append($"\\u{{{(int)character:x}}}"),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }
}
