using System.Buffers.Binary;
using System.Text;
using BootLoader.DeviceMapper;

namespace MicrodroidInit.Tests.Machine;

/// <summary>A guest's machine: files, disks, processes and the device mapper, and a record of what is asked of them.</summary>
internal sealed class TestMachine
{
    private const int FirstDescriptor = 100;

    private readonly List<OpenFile?> _open = [];
    private readonly Dictionary<string, int> _failures = [];
    private int _mapped;

    /// <summary>What was asked for that changes something, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What can be opened. Directories and devices that only take bytes are there, too.</summary>
    public Dictionary<string, byte[]> Files { get; } = new()
    {
        ["/dev/kmsg"] = [],
        ["/dev/ttyS1"] = [],
        ["/dev/hvc0"] = [],
        ["/dev/null"] = [],
        ["/dev/mapper/control"] = [],
        ["/proc/sys/kernel/panic"] = [],
    };

    /// <summary>Names in /sys/class/block. Null: it cannot be opened.</summary>
    public List<string>? Disks { get; set; } = [];

    /// <summary>From when on the disks are there.</summary>
    public ulong DisksAt { get; set; }

    /// <summary>What was written, by file.</summary>
    public Dictionary<string, List<byte[]>> Written { get; } = [];

    /// <summary>The most bytes that a read gives.</summary>
    public int LongestRead { get; set; } = int.MaxValue;

    /// <summary>Files whose reads fail, with the errno.</summary>
    public Dictionary<string, int> ReadFailures { get; } = [];

    /// <summary>Milliseconds.</summary>
    public ulong Time { get; set; } = 1000;

    /// <summary>What happens while the first process waits: signals, and processes that end before they are seen.</summary>
    public Queue<(int Signal, (int Process, int Status)[] Ended)> Events { get; } = new();

    /// <summary>Processes that have ended and nobody has asked for.</summary>
    public Queue<(int Process, int Status)> Ended { get; } = new();

    /// <summary>Children that are there, ended or not.</summary>
    public int Children { get; set; }

    /// <summary>The process that SIGKILL ends.</summary>
    public int KillTakes { get; set; }

    /// <summary>Called when a file is opened, to change what others hold.</summary>
    public Action<string>? Changed { get; set; }

    /// <summary>What the kernel log got.</summary>
    public string Log => Text("/dev/kmsg");

    /// <summary>What the host got.</summary>
    public string Reason => Text("/dev/ttyS1");

    public int OpenCount => _open.Count(static file => file is not null);

    /// <summary>Runs the whole of it.</summary>
    public InitEnd Run()
    {
        TestSystem.Machine = this;
        return InitMain.Run<TestSystem, BootLoader.Cryptography.HostCryptography>();
    }

    /// <summary>Lets calls that begin so fail.</summary>
    public TestMachine Fail(string call, int error)
    {
        _failures[call] = -error;
        return this;
    }

    public void AddPartition(string device, string name, int minor, byte[] content)
    {
        Disks!.Add(device);
        Files[$"/sys/class/block/{device}/uevent"] = Encoding.ASCII.GetBytes(
            $"MAJOR=254\nMINOR={minor}\nDEVNAME={device}\nDEVTYPE=partition\nDISKSEQ=1\nPARTN=1\nPARTNAME={name}\n");
        Files[$"/dev/{device}"] = content;
    }

    public int Record(string call)
    {
        Calls.Add(call);
        return _failures.FirstOrDefault(failure => call.StartsWith(failure.Key, StringComparison.Ordinal)).Value;
    }

    public int Open(string path)
    {
        int failure = _failures.GetValueOrDefault($"open {path}");
        bool isThere = path == "/sys/class/block" ? Disks is not null : Files.ContainsKey(path);
        if (failure != 0 || !isThere)
        {
            return failure != 0 ? failure : -LinuxAbi.ENOENT;
        }

        Changed?.Invoke(path);
        _open.Add(new OpenFile(path));
        return FirstDescriptor + _open.Count - 1;
    }

    public void Close(int descriptor)
    {
        Assert.NotNull(_open[descriptor - FirstDescriptor]);
        _open[descriptor - FirstDescriptor] = null;
    }

    public int Read(int descriptor, Span<byte> bytes)
    {
        OpenFile file = Find(descriptor);
        int count = ReadAt(descriptor, bytes, (ulong)file.Position);
        file.Position += Math.Max(count, 0);
        return count;
    }

    public int ReadAt(int descriptor, Span<byte> bytes, ulong offset)
    {
        OpenFile file = Find(descriptor);
        if (ReadFailures.TryGetValue(file.Path, out int error))
        {
            return -error;
        }

        byte[] content = Files[file.Path];
        int count = offset >= (ulong)content.Length ? 0 : Math.Min(Math.Min(bytes.Length, LongestRead), content.Length - (int)offset);
        content.AsSpan((int)Math.Min(offset, int.MaxValue), count).CopyTo(bytes);
        return count;
    }

    public int Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        OpenFile file = Find(descriptor);
        if (!Written.TryGetValue(file.Path, out List<byte[]>? all))
        {
            Written[file.Path] = all = [];
        }

        all.Add(bytes.ToArray());
        return bytes.Length;
    }

    public int Drain(int descriptor)
    {
        Find(descriptor).Drained++;
        return 0;
    }

    // A few entries at a time, so that there are several calls.
    public int ReadEntries(int descriptor, Span<byte> entries)
    {
        OpenFile file = Find(descriptor);
        string[] all = Time < DisksAt ? [".", ".."] : [".", "..", .. Disks!];
        int length = 0;
        for (int count = 0; count < 2 && file.Position < all.Length; count++)
        {
            byte[] name = Encoding.ASCII.GetBytes(all[file.Position++]);
            int size = (19 + name.Length + 1 + 7) / 8 * 8;
            Span<byte> entry = entries.Slice(length, size);
            entry.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(entry[16..], (ushort)size);
            name.CopyTo(entry[19..]);
            length += size;
        }

        return length;
    }

    public int Control(int descriptor, uint request, Span<byte> argument)
    {
        OpenFile file = Find(descriptor);
        switch (request)
        {
            case LinuxAbi.BLKGETSIZE64:
                BinaryPrimitives.WriteUInt64LittleEndian(argument, (ulong)Files[file.Path].Length);
                return Record($"size {file.Path}");
            case LinuxAbi.TCGETS:
                argument.Fill(0xff);
                return 0;
            case LinuxAbi.TCSETS:
                return Record($"modes {file.Path} {BinaryPrimitives.ReadUInt32LittleEndian(argument[4..]):x}");
            default:
                return Map(file, request, argument);
        }
    }

    public int Start(string program, string environment, int console)
    {
        int result = Record($"start {program} {environment.Replace('\0', ' ')}on {Find(console).Path}");
        Children += result < 0 ? 0 : 1;
        return result < 0 ? result : 10;
    }

    public int WaitForSignal(int milliseconds)
    {
        if (!Events.TryDequeue(out (int Signal, (int Process, int Status)[] Ended) next))
        {
            Assert.True(milliseconds >= 0, "it would wait for ever");
            Time += (ulong)milliseconds;
            return 0;
        }

        foreach ((int Process, int Status) ended in next.Ended)
        {
            Ended.Enqueue(ended);
        }

        Time += 10;
        return next.Signal;
    }

    public int Kill(int process, int signal)
    {
        if (process == KillTakes && signal == LinuxAbi.SIGKILL)
        {
            Events.Enqueue((LinuxAbi.SIGCHLD, [(process, signal)]));
        }

        return Record($"kill {process} {signal}");
    }

    public int Reap(out int status)
    {
        bool any = Ended.TryDequeue(out (int Process, int Status) ended);
        status = ended.Status;
        Children -= any ? 1 : 0;
        return any ? ended.Process : Children > 0 ? 0 : -LinuxAbi.ECHILD;
    }

    private int Map(OpenFile file, uint request, Span<byte> argument)
    {
        Assert.Equal("/dev/mapper/control", file.Path);
        (string call, byte[] answer) = DeviceMapperRequestText.Of(request, argument);
        if (request == DeviceMapperFormat.DM_DEV_CREATE)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(argument[DeviceMapperFormat.DeviceOffset..], (253ul << 8) | (uint)_mapped++);
        }

        Assert.NotEmpty(answer);
        return Record(call);
    }

    private OpenFile Find(int descriptor)
    {
        Assert.InRange(descriptor, FirstDescriptor, FirstDescriptor + _open.Count - 1);
        OpenFile? file = _open[descriptor - FirstDescriptor];
        Assert.NotNull(file);
        return file;
    }

    private string Text(string file) =>
        Written.TryGetValue(file, out List<byte[]>? all) ? string.Concat(all.Select(static bytes => Encoding.ASCII.GetString(bytes))) : "";

    private sealed class OpenFile(string path)
    {
        public string Path { get; } = path;

        public int Position { get; set; }

        public int Drained { get; set; }
    }
}
