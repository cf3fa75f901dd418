using System.Text;
using FakeService;
using Kvm.Interop.Files;
using Virtualization;
using Vm.CommandLine;

namespace Vm.Tests;

/// <summary>The command, with a service that the test plays and streams that it reads.</summary>
internal sealed class VmUnderTest : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _errors = new() { NewLine = "\n" };
    private readonly Pipe _console = Pipe.Create("console");
    private readonly Pipe _input = Pipe.Create("input");
    private readonly CancellationTokenSource _interrupt = new();

    public FakeVirtualizationService Service { get; } = new();

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("vm-tests-").FullName;

    public string Output => _output.ToString().Replace(Directory, "DIR", StringComparison.Ordinal);

    public string Errors => _errors.ToString().Replace(Directory, "DIR", StringComparison.Ordinal);

    public string File(string name, string content = "content")
    {
        string path = Path.Combine(Directory, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    public string Missing(string name) => Path.Combine(Directory, name);

    public void Interrupt() => _interrupt.Cancel();

    public async Task<int> Run(params string[] args)
    {
        using VmHost host = new(TextWriter.Synchronized(_output), TextWriter.Synchronized(_errors), Connect)
        {
            Input = _input.Reader,
            ConsoleOutput = _console.Writer,
            EmptyPayloadApk = () => Path.Combine(Directory, "EmptyPayload.apk"),
            ShowsProgress = true,
            Interrupted = _interrupt.Token,
        };
        return await VmCommandLine.Run(args, host).WaitAsync(TimeSpan.FromSeconds(30));
    }

    public string ConsoleText(int length)
    {
        byte[] buffer = new byte[length];
        int got = 0;
        while (got < length && _console.Reader.WaitReadable(10_000) && _console.Reader.Read(buffer.AsSpan(got)) is > 0 and int count)
        {
            got += count;
        }

        return Encoding.UTF8.GetString(buffer, 0, got);
    }

    public void Dispose()
    {
        _console.Dispose();
        _input.Dispose();
        _interrupt.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private VirtualMachineManager Connect() => new(new VirtualMachineManagerOptions { DataDirectory = Directory, Connect = () => new FakeConnection(Service) });
}
