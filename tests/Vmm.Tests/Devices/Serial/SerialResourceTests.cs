using Vmm.Configuration;

namespace Vmm.Tests.Devices.Serial;

/// <summary>Counts what belongs to the whole process, so nothing else may run.</summary>
[CollectionDefinition(nameof(SerialResourceTests), DisableParallelization = true)]
[Collection(nameof(SerialResourceTests))]
public sealed class SerialResourceTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("serial").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

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
            new() { Backend = SerialBackend.File, Path = Path.Combine(directory, "log"), Input = "/dev/zero" },
            new() { Backend = SerialBackend.UnixStream, Path = Path.Combine(directory, "socket") },
            new() { Backend = SerialBackend.Unix, Path = Path.Combine(directory, "datagrams") },
            new() { Backend = SerialBackend.Pty, Path = Path.Combine(directory, "pty") },
            new() { Backend = SerialBackend.Sink },
        ];
        int before = 0;
        for (int round = 0; round < 50; round++)
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

        Assert.Equal(before, Descriptors);
        Assert.Equal(0, LoopThreads);
    }
}
