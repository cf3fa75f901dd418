using Kvm.Interop.Files;

namespace Kvm.Interop.Tests.Files;

public sealed class FileNameTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("names-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Of_many_that_take_a_name_at_once_one_has_it_and_keeps_it()
    {
        for (int round = 0; round < 50; round++)
        {
            string name = At($"name-{round}");
            using Barrier start = new(4);
            int taken = 0;
            Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() =>
            {
                string own = At($"{round}-{number}");
                File.WriteAllText(own, own);
                start.SignalAndWait();
                if (FileName.TryMove(own, name))
                {
                    Interlocked.Increment(ref taken);
                    Assert.Equal(own, File.ReadAllText(name));
                    Assert.False(File.Exists(own));
                }
                else
                {
                    Assert.True(File.Exists(own));
                }
            }))];
            Array.ForEach(threads, static thread => thread.Start());
            Array.ForEach(threads, static thread => thread.Join());

            Assert.Equal(1, taken);
        }
    }

    [Fact]
    public void A_link_that_leads_nowhere_has_its_name()
    {
        File.WriteAllText(At("own"), "");
        File.CreateSymbolicLink(At("name"), At("nowhere"));

        Assert.False(FileName.TryMove(At("own"), At("name")));
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => FileName.TryMove(At("gone"), At("other"))).Errno);
    }

    private string At(string name) => Path.Combine(_directory.FullName, name);
}
