using System.Text;
using BootLoader.Fdt;

namespace BootLoader.Tests.Fdt;

/// <summary>Trees for tests.</summary>
internal static class TestTrees
{
    /// <summary>A small machine with every type of value.</summary>
    public static FdtTree Machine()
    {
        var tree = new FdtTree { BootCpuId = 1 };
        tree.Reservations.Add(new FdtReservation(0x80000000, 0x1000));
        tree.Root.SetU32("#address-cells", 2);
        tree.Root.SetU32("#size-cells", 2);
        tree.Root.SetString("compatible", "linux,dummy-virt", "a \"quoted\\ name\"");
        FdtNode chosen = tree.Root.AddChild("chosen");
        chosen.SetString("bootargs", "panic=-1 console=ttyS0");
        chosen.SetU64("linux,initrd-start", 0x81000000);
        chosen.SetString("empty", "");
        chosen.SetBytes("seed", [1, 2, 3, 4, 5]);
        FdtNode intc = tree.Root.AddChild("intc");
        intc.SetFlag("interrupt-controller");
        intc.SetU64("reg", 0x3fff0000, 0x10000, 0x3ffd0000, 0x20000);
        intc.SetPhandle(1);
        FdtNode cpus = tree.Root.AddChild("cpus");
        cpus.AddChild("cpu@0").SetU32("reg", 0);
        cpus.AddChild("cpu@1").SetU32("reg", 1);
        return tree;
    }

    /// <summary>Compiles source by dtc.</summary>
    public static byte[] Compile(string source, params string[] options) =>
        Tool.Filter(Encoding.UTF8.GetBytes(source), "dtc", ["-q", "-I", "dts", "-O", "dtb", .. options, "-"]);

    /// <summary>A blob as sorted source by dtc: equal texts are equal trees.</summary>
    public static string Sorted(byte[] blob) => Encoding.UTF8.GetString(Tool.Filter(blob, "dtc", "-q", "-q", "-s", "-I", "dtb", "-O", "dts", "-"));

    /// <summary>Compares with the text of a golden file; a missing one is made in the sources, for review, and the test fails.</summary>
    public static void AssertGolden(string name, string text, [System.Runtime.CompilerServices.CallerFilePath] string here = "")
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Golden", name);
        if (!File.Exists(path))
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "Golden", name), text);
            Assert.Fail($"Golden/{name} did not exist; it was written");
        }

        Assert.Equal(File.ReadAllText(path), text);
    }
}
