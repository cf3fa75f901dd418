namespace Vmm.CommandLine.Image;

/// <summary>Reports of <c>vmm image</c> as text for people.</summary>
internal static class ImageReportText
{
    public static void Write(TextWriter output, ImageReport report)
    {
        output.WriteLine($"{report.Path}: {report.Description}, {report.Size} bytes");
        foreach (ImageField field in report.Parts)
        {
            output.WriteLine($"  {field.Name}: {field.Value}");
        }

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
        WriteAll(output, "vbmeta", report.Vbmetas);
        WriteAll(output, "partition", report.Partitions);
        foreach ((string name, string value) in report.Facts)
        {
            output.WriteLine($"  {name}: {value}");
        }

        if (report.Reason is null && !report.IsKeyGiven)
        {
            output.WriteLine(report.Facts.ContainsKey(PackageReportReader.CertificateFact)
                ? "  signed by whoever has this certificate: compare its digest with the one to trust"
                : "  signed by the key in it, which was compared with none: --key names the one to trust");
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
            foreach ((string name, string value) in descriptor.Fields)
            {
                output.WriteLine($"      {name}: {value}");
            }
        }
    }

    private static void WriteAll(TextWriter output, string name, IReadOnlyList<string> values)
    {
        foreach (string value in values)
        {
            output.WriteLine($"  {name}: {VbmetaReportReader.Text(System.Text.Encoding.UTF8.GetBytes(value))}");
        }
    }
}
