using Kvm.Interop.Threads;

namespace Kvm.Interop.Tests.Threads;

public class NativeThreadTests
{
    [Theory]
    [InlineData("vcpu0", "vcpu0")]
    [InlineData("a name that is too long", "a name that is ")]
    [InlineData("vierzehn Bytesä", "vierzehn Bytes")]
    public void A_name_is_cut_to_whole_characters_in_fifteen_bytes(string name, string shown)
    {
        string seen = "";
        Thread thread = new(() =>
        {
            NativeThread.SetName(name);
            seen = File.ReadAllText($"/proc/self/task/{NativeThread.Id}/comm").TrimEnd('\n');
        });
        thread.Start();
        thread.Join();

        Assert.Equal(shown, seen);
    }
}
