using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>Boots a table of guests one after another by one command: each takes a second or two.</summary>
internal static class BootTable
{
    /// <summary>Boots them and fails the test unless each ends as it should.</summary>
    /// <param name="work">Where.</param>
    /// <param name="option"><c>--unprotected-vm-with-firmware</c> or <c>--protected-vm-with-firmware</c>.</param>
    /// <param name="cases">The boots, in order.</param>
    /// <param name="files">Files for all of them, in <c>$W</c>; the firmware <c>pvmfw.img</c> and the device's secret are there already.</param>
    public static async Task<IReadOnlyList<BootResult>> Run(
        Workspace work, string option, IReadOnlyList<BootCase> cases, params (string Name, byte[] Content)[] files)
    {
        await Put(work, [("pvmfw.img", TestFirmware.Image), ("device-secret", TestIdentity.DeviceSecret), .. files, .. cases.SelectMany(Files)]);
        var script = new StringBuilder("""
            boot() {
                rm -f $W/console $W/word
                ./vmm --extended-status run "$@" --mem 64 --swiotlb 4 --serial type=file,path=$W/console --serial type=file,path=$W/word,num=2 \
                    $C/kernel </dev/null >$W/out 2>$W/err
                echo "status $?"; echo "word $(tr -d '\n' <$W/word)"; echo "error $(tail -n 1 $W/err)"; echo console; tr -d '\r' <$W/console; echo
            }
            : >$W/word; : >$W/console

            """.ReplaceLineEndings("\n"));
        for (int i = 0; i < cases.Count; i++)
        {
            BootCase boot = cases[i];
            string initrd = boot.Initrd is null ? "" : "--initrd $C/initrd";
            script.Append($"C=$W/{i}; {boot.Before}\necho '== {boot.Name}'; boot {option} {boot.Firmware} {boot.Options} {initrd}\n");
        }

        await Put(work, [("script", Encoding.ASCII.GetBytes(script.ToString()))]);
        CommandResult run = (await work.Run("sh $W/script", timeout: TimeSpan.FromMinutes(8))).ShouldExitWith(0);
        BootResult[] results = [.. ("\n" + run.Output).Split("\n== ")[1..].Select(text => BootResult.Parse(text + "\n"))];
        Assert.Equal(string.Join('\n', cases.Select(BootResult.Expected)), string.Join('\n', results.Select(result => result.Verdict)));
        return results;

        IEnumerable<(string, byte[])> Files(BootCase boot, int i) =>
            boot.Files.Select(file => ($"{i}/{file.Key}", file.Value)).Append(($"{i}/kernel", boot.Payload.Sign())).Append(($"{i}/initrd", boot.Initrd ?? []));
    }

    /// <summary>Puts files into the folder, all at once.</summary>
    public static async Task Put(Workspace work, IEnumerable<(string Name, byte[] Content)> files)
    {
        using var bytes = new MemoryStream();
        using (var packed = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(packed, TarEntryFormat.Ustar))
        {
            foreach ((string name, byte[] content) in files)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
                {
                    DataStream = new MemoryStream(content),
                    Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                });
            }
        }

        await work.Put("files.tar.gz", bytes.ToArray());
        (await work.Run("tar -x -z -f $W/files.tar.gz -C $W && rm $W/files.tar.gz")).ShouldExitWith(0);
    }
}
