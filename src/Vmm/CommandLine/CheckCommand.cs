namespace Vmm.CommandLine;
internal static class CheckCommand { public static System.CommandLine.Command Make() => new("check", "show what this host can run"); }
