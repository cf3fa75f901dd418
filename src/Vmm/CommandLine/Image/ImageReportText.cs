namespace Vmm.CommandLine.Image;

/// <summary>Reports of <c>vmm image</c> as text for people.</summary>
internal static class ImageReportText
{
    public static void Write(TextWriter output, ImageReport report)
    {
        output.WriteLine($"{report.Path}: {report.Description}, {report.Size} bytes");
        Write(output, report.Parts, "  ");
        if (report.Footer is { } footer)
        {
            output.WriteLine($"  AVB footer {footer.Version}: {footer.OriginalImageSize} bytes of image, vbmeta of {footer.VbmetaSize} bytes at byte {footer.VbmetaOffset}");
        }

        if (report.Vbmeta is { } vbmeta)
        {
            Write(output, vbmeta);
        }

        if (report.Problem is { } problem)
        {
            output.WriteLine($"  broken: {problem}");
        }
    }

    public static void Write(TextWriter output, VerifyReport report)
    {
        output.WriteLine(report.Reason is null ? $"{report.Path}: verified" : $"{report.Path}: refused ({report.Verdict}): {report.Reason}");
        Write(output, report.Fields, "  ");
        if (report.Reason is null && !report.IsKeyTrusted)
        {
            output.WriteLine("  signed by the key in it, which was compared with none: --key names the one to trust");
        }
    }

    private static void Write(TextWriter output, VbmetaReport vbmeta)
    {
        output.WriteLine($"  vbmeta of {vbmeta.Size} bytes by '{vbmeta.Release}', for libavb {vbmeta.RequiredVersion} or later");
        output.WriteLine($"    algorithm: {vbmeta.Algorithm}");
        if (vbmeta.PublicKeySha1 is { } key)
        {
            output.WriteLine($"    public key (sha1): {key}");
        }

        output.WriteLine($"    rollback index: {vbmeta.RollbackIndex} at location {vbmeta.RollbackIndexLocation}");
        output.WriteLine($"    flags: {vbmeta.Flags}");
        foreach (DescriptorReport descriptor in vbmeta.Descriptors)
        {
            output.WriteLine($"    {descriptor.Kind}:");
            Write(output, descriptor.Fields, "      ");
        }
    }

    private static void Write(TextWriter output, IReadOnlyList<ImageField> fields, string indentation)
    {
        foreach (ImageField field in fields)
        {
            output.WriteLine($"{indentation}{field.Name}: {field.Value}");
        }
    }
}
