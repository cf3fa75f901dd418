using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

/// <summary>Calls of <see cref="TestService"/>, as a proxy made from AIDL would make them.</summary>
internal static class Call
{
    internal static string? EchoString(IBinder target, string? text) =>
        Make(target, TestService.EchoString, data => data.WriteString(text), reply => reply.ReadString());

    internal static byte[] EchoBytes(IBinder target, byte[] bytes) =>
        Make(target, TestService.EchoBytes, data => data.WriteByteArray(bytes), reply => reply.ReadByteArray());

    internal static int Nest(IBinder target, IBinder back, int depth) =>
        Make(
            target,
            TestService.CallBack,
            data =>
            {
                data.WriteStrongBinder(back);
                data.WriteInt32(depth);
            },
            reply => reply.ReadInt32());

    internal static void Fail(IBinder target, int kind) => Make(target, TestService.Fail, data => data.WriteInt32(kind), _ => 0);

    internal static BinderProxy MakeChild(IBinder target) =>
        (BinderProxy)Make(target, TestService.MakeChild, _ => { }, reply => reply.ReadStrongBinder())!;

    internal static void Hold(IBinder target, IBinder held) => Make(target, TestService.Hold, data => data.WriteStrongBinder(held), _ => 0);

    internal static void Release(IBinder target) => Make(target, TestService.Release, _ => { }, _ => 0);

    internal static void Wait(IBinder target) => Make(target, TestService.Wait, _ => { }, _ => 0);

    internal static int Count(IBinder target) => Make(target, TestService.Count, _ => { }, reply => reply.ReadInt32());

    internal static void NoteToHeld(IBinder target, int note) => Make(target, TestService.NoteToHeld, data => data.WriteInt32(note), _ => 0);

    internal static IBinder? EchoBinder(IBinder target, IBinder? value) =>
        Make(target, TestService.EchoBinder, data => data.WriteStrongBinder(value), reply => reply.ReadStrongBinder());

    internal static FileDescriptor EchoDescriptor(IBinder target, FileDescriptor descriptor) =>
        Make(target, TestService.EchoDescriptor, data => data.WriteFileDescriptor(descriptor), reply => reply.ReadFileDescriptor());

    internal static byte[] HeavyReply(IBinder target, int bytes) =>
        Make(target, TestService.HeavyReply, data => data.WriteInt32(bytes), reply => reply.ReadByteArray());

    internal static void EchoUnknown(IBinder target, uint code) => Make(target, code, _ => { }, _ => 0);

    internal static void SendNote(IBinder target, int note)
    {
        using Parcel data = new();
        data.WriteInterfaceToken(TestService.Descriptor);
        data.WriteInt32(note);
        target.Transact(TestService.Note, data, null, TransactionFlags.OneWay);
    }

    private static T Make<T>(IBinder target, uint code, Action<Parcel> write, Func<Parcel, T> read)
    {
        using Parcel data = new();
        using Parcel reply = new();
        data.WriteInterfaceToken(TestService.Descriptor);
        write(data);
        target.Transact(code, data, reply);
        reply.ReadStatus();
        return read(reply);
    }
}
