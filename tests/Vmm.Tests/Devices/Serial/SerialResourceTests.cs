using Vmm.Configuration;

namespace Vmm.Tests.Devices.Serial;

/// <summary>Counts what belongs to the whole process, so nothing else may run.</summary>
[CollectionDefinition(nameof(SerialResourceTests), DisableParallelization = true)]
[Collection(nameof(SerialResourceTests))]
public sealed class SerialResourceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("serial").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static int Descriptors => Directory.GetFiles("/proc/self/fd").Length;

    // Tests that ran before may have left handles to the garbage collector; these must not be closed in between.
    private static void CloseWhatOthersLeft()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static int LoopThreads =>
        Directory.GetDirectories("/proc/self/task").Count(task =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(task, "comm")).StartsWith("test serial", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false; // it ended meanwhile
            }
        });

    [Fact]
    public void Fifty_openings_of_every_back_end_leave_no_descriptor_and_no_thread()
    {
        SerialConfig[] configs =
        [
            new() { Backend = SerialBackend.File, Path = Path.Combine(_directory, "log"), Input = "/dev/zero" },
            new() { Backend = SerialBackend.UnixStream, Path = Path.Combine(_directory, "socket") },
            new() { Backend = SerialBackend.Unix, Path = Path.Combine(_directory, "datagrams") },
            new() { Backend = SerialBackend.Pty, Path = Path.Combine(_directory, "pty") },
            new() { Backend = SerialBackend.Sink },
        ];
        const int Rounds = 50;
        int before = 0;
        for (int round = 0; round < Rounds; round++)
        {
            foreach (SerialConfig config in configs)
            {
                using SerialPortHarness port = new(config);
                port.Print("hello\n");
            }

            if (round == 0)
            {
                CloseWhatOthersLeft();
                before = Descriptors;
            }
        }

        // The test runner opens and closes some of its own meanwhile; a leak would be one a round at least.
        Assert.InRange(Descriptors - before, int.MinValue, Rounds / 2);
        Assert.Equal(0, LoopThreads);
    }
}
