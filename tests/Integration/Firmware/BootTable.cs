using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>Boots a table of guests by one command: each takes a second or two.</summary>
internal static class BootTable
{
    private const string Boot = """
        boot() {
            ./vmm --extended-status run "$@" --mem 64 --swiotlb 4 --serial type=file,path=$C/console --serial type=file,path=$C/word,num=2 \
                $C/kernel </dev/null >$C/out 2>$C/err
            echo "status $?"; echo "word $(tr -d '\n' <$C/word)"; echo "error $(tail -n 1 $C/err)"; echo console; tr -d '\r' <$C/console; echo
        }

        """;

    /// <summary>Boots guests that have nothing to do with each other, two at a time, and fails the test unless each ends as it should.</summary>
    /// <param name="work">Where.</param>
    /// <param name="option"><c>--unprotected-vm-with-firmware</c> or <c>--protected-vm-with-firmware</c>.</param>
    /// <param name="cases">The boots.</param>
    /// <param name="files">Files for all of them, in <c>$W</c>; the firmware <c>pvmfw.img</c> and the device's secret are there already.</param>
    public static Task<IReadOnlyList<BootResult>> Run(
        Workspace work, string option, IReadOnlyList<BootCase> cases, params (string Name, byte[] Content)[] files) =>
        Run(work, option, cases, cases.Count / 2, files);

    /// <summary>The same with guests that see what those before them left: one after another.</summary>
    public static Task<IReadOnlyList<BootResult>> RunInOrder(
        Workspace work, string option, IReadOnlyList<BootCase> cases, params (string Name, byte[] Content)[] files) =>
        Run(work, option, cases, 0, files);

    private static async Task<IReadOnlyList<BootResult>> Run(
        Workspace work, string option, IReadOnlyList<BootCase> cases, int besides, (string Name, byte[] Content)[] files)
    {
        var scripts = (StringBuilder[])[new(Boot), new(Boot)];
        for (int i = 0; i < cases.Count; i++)
        {
            BootCase boot = cases[i];
            string initrd = boot.Initrd is null ? "" : "--initrd $C/initrd";
            scripts[i < besides ? 0 : 1].Append($"C=$W/{i}\n: >$C/console; : >$C/word\n{boot.Before}\necho '== {boot.Name}'\nboot {option} {boot.Firmware} {boot.Options} {initrd}\n");
        }

        await Put(
            work,
            [("pvmfw.img", TestFirmware.Image), ("device-secret", TestIdentity.DeviceSecret), .. files, .. cases.SelectMany(Files),
                ("besides", Encoding.ASCII.GetBytes($"{scripts[0]}")), ("script", Encoding.ASCII.GetBytes($"{scripts[1]}"))]);
        CommandResult run = (await work.Run("sh $W/besides >$W/besides.out & sh $W/script >$W/script.out; wait; cat $W/besides.out $W/script.out", timeout: TimeSpan.FromMinutes(8))).ShouldExitWith(0);
        BootResult[] results = [.. ("\n" + run.Output).Split("\n== ")[1..].Select(text => BootResult.Parse(text + "\n"))];
        Assert.Equal(string.Join('\n', cases.Select(BootResult.Expected)), string.Join('\n', results.Select(result => result.Verdict)));
        return results;

        static IEnumerable<(string, byte[])> Files(BootCase boot, int i) =>
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
