using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Virtio.Block;

namespace Bench;

/// <summary>The disks of a running VM as raw images: what its guest reads there, for a VMM that does not put disks together from partitions.</summary>
internal static partial class RawDisks
{
    private const int BlockBytes = 1 << 20;

    // Below are standard streams.
    private const int FirstNumber = 3;

    /// <summary>Copies a composite disk whose partitions the VMM has by descriptor: a process that has the same descriptors under the same numbers reads it.</summary>
    /// <param name="bench">This program.</param>
    /// <param name="vmm">The VMM.</param>
    /// <param name="composite">The disk, as the VMM is told of it.</param>
    /// <param name="raw">Takes the image.</param>
    internal static void Take(string bench, int vmm, string composite, string raw)
    {
        string path = Path.Combine($"/proc/{vmm}/cwd", composite);
        FileDescriptor[] files = [];
        try
        {
            int[] numbers = [.. Numbers(File.ReadAllBytes(path))];
            files = [.. numbers.Select(number => PosixFile.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{vmm}/fd/{number}"), OpenFlags.O_RDONLY))];
            using FileDescriptor errors = new(2, "standard error", ownsHandle: false);
            using ChildProcess copy = ChildProcess.Start(new ChildProcessOptions(bench, ["raw-disk", path, raw])
            {
                Descriptors = [.. files.Zip(numbers, static (file, number) => new ChildDescriptor(file, number))],
                StandardError = errors,
                DiesWithParent = true,
            });
            ChildExit exit = copy.Wait();
            if (exit.Status != 0)
            {
                throw new InvalidDataException($"the disk {composite} of process {vmm} could not be copied: {exit}");
            }
        }
        finally
        {
            Array.ForEach(files, static file => file.Dispose());
        }
    }

    /// <summary>The descriptors that the specification of a composite disk names.</summary>
    internal static IEnumerable<int> Numbers(ReadOnlySpan<byte> specification) => DescriptorName()
        .Matches(Encoding.Latin1.GetString(specification))
        .Select(static match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
        .Where(static number => number >= FirstNumber)
        .Distinct()
        .Order();

    /// <summary>Copies a composite disk; zeros become holes.</summary>
    /// <returns>The exit status.</returns>
    internal static unsafe int Copy(string composite, string raw)
    {
        using IDisk disk = DiskFile.Open(composite, DiskType.Composite, new DiskOpenOptions(ReadOnly: true, Lock: false), static _ => { });
        using FileStream image = File.Create(raw);
        image.SetLength((long)disk.Size);
        byte[] block = new byte[BlockBytes];
        for (ulong offset = 0; offset < disk.Size; offset += BlockBytes)
        {
            int length = (int)Math.Min(BlockBytes, disk.Size - offset);
            int error;
            fixed (byte* start = block)
            {
                // SAFETY: the block is pinned and has at least this many bytes.
                error = disk.Read([new IoVector(start, (nuint)length)], offset);
            }

            if (error != 0)
            {
                throw new IOException($"{composite}: byte {offset} cannot be read: errno {error}");
            }

            if (block.AsSpan(0, length).ContainsAnyExcept((byte)0))
            {
                image.Position = (long)offset;
                image.Write(block, 0, length);
            }
        }

        return 0;
    }

    [GeneratedRegex("/proc/self/fd/([0-9]{1,6})")]
    private static partial Regex DescriptorName();
}
