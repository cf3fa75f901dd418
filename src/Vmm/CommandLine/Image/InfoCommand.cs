using System.CommandLine;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image info</c>.</summary>
internal static class InfoCommand
{
    public static Command Make()
    {
        var image = ImageOptions.Required("--image", "PATH", "the image");
        var json = ImageOptions.Flag("--json", "as JSON, for programs");
        var command = new Command("info", "say what an image is and what is signed with it; nothing is verified") { image, json };
        command.Aliases.Add("info_image");
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            string path = result.GetValue(image)!;
            using FileStream stream = ImageFiles.Open("--image", path);
            ImageReport report = ImageReportReader.Read(path, stream);
            TextWriter output = result.InvocationConfiguration.Output;
            if (result.GetValue(json))
            {
                output.WriteLine(ImageReportJson.Write(report));
            }
            else
            {
                ImageReportText.Write(output, report);
            }
        }));
        return command;
    }
}
