using System.Globalization;
using System.Text;

namespace BootLoader.Dice.Text;

/// <summary>A report as lines for people.</summary>
public static class DiceText
{
    /// <summary>Writes a report.</summary>
    public static void Write(TextWriter output, DiceReport report)
    {
        if (report.IsHandover)
        {
            output.WriteLine("hand-over: CDI_Attest and CDI_Seal are there (secrets, not shown)");
            if (report.Padding > 0)
            {
                Line(output, "padding", $"{report.Padding} zero bytes");
            }
        }

        if (report.RootKey is not { } root)
        {
            output.WriteLine("chain: none");
            return;
        }

        output.WriteLine($"chain: {report.Certificates.Count} certificate{(report.Certificates.Count == 1 ? "" : "s")}");
        output.WriteLine("root");
        Key(output, root);
        for (int index = 0; index < report.Certificates.Count; index++)
        {
            output.WriteLine($"certificate {index + 1}");
            Certificate(output, report.Certificates[index]);
        }

        if (report.LeafKeyIsOfCdi is { } isOfCdi)
        {
            output.WriteLine(isOfCdi ? "leaf key: the one that belongs to CDI_Attest" : "leaf key: WRONG, it does not belong to CDI_Attest");
        }
    }

    private static void Certificate(TextWriter output, DiceCertificateReport certificate)
    {
        Line(output, "issuer", certificate.Issuer);
        Line(output, "subject", certificate.Subject);
        Line(output, "key", $"{certificate.SubjectKey.Type} {certificate.SubjectKey.Value}");
        Line(output, "mode", certificate.Mode);
        Line(output, "profile", certificate.Profile);
        if (certificate.Component is { } component)
        {
            Component(output, component);
        }
        else
        {
            Line(output, certificate.ConfigurationHash is null ? "inline config" : "configuration", certificate.Configuration);
        }

        Line(output, "config hash", certificate.ConfigurationHash);
        Line(output, "code hash", certificate.CodeHash);
        Line(output, "code descriptor", certificate.CodeDescriptor);
        Line(output, "authority hash", certificate.AuthorityHash);
        Line(output, "authority desc.", certificate.AuthorityDescriptor);
        Line(output, "signature", certificate.Verified ? $"{certificate.Algorithm}, right" : $"WRONG: the certificate {certificate.Fault}");
    }

    private static void Component(TextWriter output, DiceComponentReport component)
    {
        Line(output, "component", component.Name);
        Line(output, "version", component.Version);
        Line(output, "security version", component.SecurityVersion?.ToString(CultureInfo.InvariantCulture));
        Line(output, "resettable", component.Resettable ? "yes" : null);
        Line(output, "RKP VM", component.RkpVm ? "yes" : null);
        Line(output, "instance name", component.InstanceName);
        Line(output, "payload config", component.PayloadConfigPath);
        Line(output, "payload binary", component.PayloadBinaryName);
        Line(output, "instance hash", component.InstanceHash);
        foreach (DiceSubComponentReport part in component.SubComponents ?? [])
        {
            Line(output, "part", $"{part.Name}, security version {part.SecurityVersion}, code {part.CodeHash}, authority {part.AuthorityHash}");
        }
    }

    private static void Key(TextWriter output, DiceKeyReport key)
    {
        Line(output, "id", key.Id);
        Line(output, "key", $"{key.Type} {key.Value}");
    }

    private static void Line(TextWriter output, string name, string? value)
    {
        if (value is not null)
        {
            output.WriteLine($"  {name,-16} {Printable(value)}");
        }
    }

    /// <summary>Certificates come from outside: what they say must not steer the terminal.</summary>
    private static string Printable(string text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool steers = Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            printable.Append(steers ? $"\\u{{{rune.Value:x}}}" : rune.ToString());
        }

        return printable.ToString();
    }
}
