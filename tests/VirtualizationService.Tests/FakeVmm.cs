namespace VirtualizationService.Tests;

/// <summary>A shell script in the place of the VMM: it takes the real one's arguments, and does what a test says.</summary>
internal sealed class FakeVmm
{
    /// <summary>What every script knows: <c>$failure</c>, the path of ttyS1's file.</summary>
    private const string Start =
        """
        #!/bin/sh
        printf '%s\n' "$@" > arguments
        for argument in "$@"; do
            case "$argument" in
                --serial=type=file,path=*,hardware=serial,num=2) failure=${argument#--serial=type=file,path=}; failure=${failure%%,*} ;;
            esac
        done

        """;

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Runs until it is killed, and says when it runs.</summary>
    public const string Forever = "touch running; while :; do sleep 60; done";

    public FakeVmm(TemporaryDirectory home, string script)
    {
        Path = home.Write("vmm", Start + script + "\n");
        File.SetUnixFileMode(Path, Executable);
    }

    /// <summary>The program.</summary>
    public string Path { get; }
}
