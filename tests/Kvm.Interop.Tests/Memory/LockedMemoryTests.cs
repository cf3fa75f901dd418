using Kvm.Interop.Files;
using Kvm.Interop.Memory;

namespace Kvm.Interop.Tests.Memory;

public class LockedMemoryTests
{
    [Fact]
    public void Locked_memory_is_in_no_core_dump_and_never_swapped()
    {
        using LockedMemory memory = new(100);
        memory.Span.Fill(0x5a);
        Assert.Equal(100, memory.Span.Length);
        string address = Address(memory);
        string[] lines = [.. File.ReadLines("/proc/self/smaps").SkipWhile(line => !line.StartsWith(address, StringComparison.Ordinal))];
        string flags = lines.First(line => line.StartsWith("VmFlags:", StringComparison.Ordinal));
        Assert.Contains(" lo ", flags, StringComparison.Ordinal);
        Assert.Contains(" dd ", flags, StringComparison.Ordinal);
        Assert.Contains(" dc ", flags, StringComparison.Ordinal);
    }

    [Fact]
    public void Disposed_memory_gives_no_bytes_and_may_be_disposed_again()
    {
        LockedMemory memory = new(1);
        memory.Dispose();
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ = memory.Span.Length);
    }

    [Fact]
    public void A_mapping_for_reading_has_the_bytes_of_the_file()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "hand-over");
        using (PosixFile file = PosixFile.Open(path, OpenFlags.O_RDONLY))
        using (MemoryMapping mapping = MemoryMapping.MapForReading(file, 4096))
        {
            unsafe
            {
                Assert.Equal("hand-over"u8.ToArray(), new ReadOnlySpan<byte>(mapping.Pointer, 9).ToArray());
            }
        }

        File.Delete(path);
    }

    private static unsafe string Address(LockedMemory memory)
    {
        fixed (byte* pointer = memory.Span)
        {
            return ((nint)pointer).ToString("x", System.Globalization.CultureInfo.InvariantCulture) + "-";
        }
    }
}
