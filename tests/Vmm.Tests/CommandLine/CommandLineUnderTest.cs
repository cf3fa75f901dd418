using Vmm.CommandLine;
using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine;

/// <summary>The command line with a machine that only remembers what it was asked to run.</summary>
internal sealed class CommandLineUnderTest
{
    public List<string> Warnings { get; } = [];

    public StringWriter Output { get; } = new();

    public VmConfig? Config { get; private set; }

    public ExitCode GuestEnd { get; init; } = ExitCode.Stop;

    public static VmConfig Run(params string[] args)
    {
        var cli = new CommandLineUnderTest();
        Assert.Equal(0, cli.Invoke(["run", .. args]));
        return cli.Config!;
    }

    public static string Refusal(params string[] args)
    {
        var cli = new CommandLineUnderTest();
        var refusal = Assert.Throws<InvalidOptionException>(() => cli.Invoke(args));
        Assert.Equal(ExitCode.InvalidArguments, refusal.ExitCode);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Null(cli.Config);
        return refusal.Message;
    }

    public static string RunRefusal(params string[] args) => Refusal(["run", .. args]);

    public int Invoke(params string[] args)
    {
        var machine = new MachineCommands(config =>
        {
            Config = config;
            return GuestEnd;
        })
        {
            Explain = (config, output) =>
            {
                Config = config;
                output.WriteLine("explained");
            },
        };
        return new VmmCommandLine(machine, Warnings.Add).Invoke(args, Output);
    }
}
