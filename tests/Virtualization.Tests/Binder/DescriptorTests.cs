using System.Text;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;
using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

public class DescriptorTests
{
    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    public void A_descriptor_goes_there_and_back_and_is_the_same_file(uint version)
    {
        using Served served = new(descriptors: RpcFileDescriptors.Unix);
        using RpcSession session = served.Connect(maxVersion: version, descriptors: RpcFileDescriptors.Unix);
        (StreamConnection near, StreamConnection far) = StreamConnection.CreatePair();
        using (near)
        using (far)
        {
            using FileDescriptor back = Call.EchoDescriptor(session.Root!, far);
            Assert.Equal(5, back.Write("hello"u8));
            byte[] read = new byte[8];
            Assert.Equal(5, near.Read(read));
            Assert.Equal("hello", Encoding.UTF8.GetString(read, 0, 5));
        }

        Assert.Equal("plain", Call.EchoString(session.Root!, "plain"));
    }

    [Fact]
    public void No_descriptor_is_left_behind()
    {
        int Open() => Directory.GetFiles("/proc/self/fd").Length;
        using Served served = new(descriptors: RpcFileDescriptors.Unix);
        using RpcSession session = served.Connect(descriptors: RpcFileDescriptors.Unix);
        using FileDescriptor file = PosixFile.Open("/dev/null", OpenFlags.O_RDWR);
        for (int i = 0; i < 300; i++)
        {
            Call.EchoDescriptor(session.Root!, file).Dispose();
        }

        // Other tests run beside this one: a leak would be 300 or more.
        Eventually.True(() => Directory.GetFiles("/proc/self/fd").Count(Is("/dev/null")) < 50, "descriptors are closed");
        Assert.InRange(Open(), 1, 4000);
    }

    [Fact]
    public void A_session_that_was_not_asked_for_descriptors_refuses_them()
    {
        using Served served = new(descriptors: RpcFileDescriptors.Unix);
        using RpcSession session = served.Connect();
        using FileDescriptor file = PosixFile.Open("/dev/null", OpenFlags.O_RDWR);
        Assert.Equal(StatusCode.FdsNotAllowed, Assert.Throws<BinderException>(() => Call.EchoDescriptor(session.Root!, file)).Status);
        Assert.True(session.IsAlive);
    }

    [Fact]
    public void Version_0_refuses_descriptors()
    {
        using Served served = new(descriptors: RpcFileDescriptors.Unix);
        using RpcSession session = served.Connect(maxVersion: 0, descriptors: RpcFileDescriptors.Unix);
        using FileDescriptor file = PosixFile.Open("/dev/null", OpenFlags.O_RDWR);
        BinderException refused = Assert.Throws<BinderException>(() => Call.EchoDescriptor(session.Root!, file));
        Assert.Equal(StatusCode.FdsNotAllowed, refused.Status);
        Assert.Contains("version 0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_offers_no_descriptors_gives_a_client_that_wants_them_no_session()
    {
        using Served served = new();
        Assert.Throws<BinderException>(() => served.Connect(descriptors: RpcFileDescriptors.Unix));
    }

    [Fact]
    public void As_many_descriptors_as_the_kernel_passes_go_at_once_and_more_are_refused()
    {
        using Served served = new(descriptors: RpcFileDescriptors.Unix);
        using RpcSession session = served.Connect(descriptors: RpcFileDescriptors.Unix);
        using FileDescriptor file = PosixFile.Open("/dev/zero", OpenFlags.O_RDWR);
        foreach (int count in (int[])[253, 254])
        {
            using Parcel data = new();
            using Parcel reply = new();
            data.WriteInterfaceToken(TestService.Descriptor);
            data.WriteParcelFileDescriptorList([.. Enumerable.Repeat(file, count)]);
            if (count <= 253)
            {
                session.Root!.Transact(TestService.Count, data, reply);
            }
            else
            {
                Assert.Equal(StatusCode.BadValue, Assert.Throws<BinderException>(() => session.Root!.Transact(TestService.Count, data, reply)).Status);
            }
        }

        Assert.True(session.IsAlive);
    }

    private static Func<string, bool> Is(string target) => link =>
    {
        try
        {
            return File.ResolveLinkTarget(link, false)?.FullName == target;
        }
        catch (IOException)
        {
            return false;
        }
    };
}
