using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>tests/Firmware in the place of a firmware: it checks what a firmware stands on, or does what a letter behind it says.</summary>
internal static class FirmwareUnderTest
{
    /// <summary>A shell line that makes <c>$W/firmware</c>: the program with configuration data of one letter.</summary>
    public static string Make(char letter) =>
        $"dd if=firmware/self-check of=$W/firmware bs=4096 conv=sync 2>/dev/null && printf {letter} >>$W/firmware";

    /// <summary>Runs it to the reset at its end.</summary>
    /// <param name="work">Where.</param>
    /// <param name="option">How: <c>--unprotected-vm-with-firmware</c> or <c>--protected-vm-with-firmware</c>.</param>
    /// <param name="letter">What it does; null: it checks.</param>
    public static Task<CommandResult> Run(Workspace work, string option, char? letter = null)
    {
        string make = letter is { } given ? Make(given) : "cp firmware/self-check $W/firmware";
        return work.Run(
            $"{make} && ./vmm --extended-status run {option} $W/firmware --pvmfw-key none --serial type=stdout --serial type=file,path=$W/reason,num=2 guest/protected "
            + "</dev/null; s=$?; cat $W/reason; exit $s");
    }
}
