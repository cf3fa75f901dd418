using System.Collections.Concurrent;
using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

/// <summary>An object with a method for each thing that can go by Binder RPC.</summary>
internal sealed class TestService() : BinderObject(Descriptor)
{
    internal const string Descriptor = "test.IService";
    internal const uint EchoString = 1;
    internal const uint EchoBytes = 2;
    internal const uint Note = 3;
    internal const uint CallBack = 4;
    internal const uint Fail = 5;
    internal const uint MakeChild = 6;
    internal const uint Hold = 7;
    internal const uint Release = 8;
    internal const uint Wait = 9;
    internal const uint EchoDescriptor = 10;
    internal const uint NoteToHeld = 11;
    internal const uint EchoBinder = 12;
    internal const uint Count = 13;
    internal const uint HeavyReply = 14;

    private int _zeroReferences;

    internal ConcurrentQueue<int> Notes { get; } = new();

    internal List<TestService> Children { get; } = [];

    internal ManualResetEventSlim ZeroReferences { get; } = new();

    internal int ZeroReferencesCount => Volatile.Read(ref _zeroReferences);

    internal ManualResetEventSlim Gate { get; } = new(true);

    internal CallContext LastContext { get; private set; }

    internal IBinder? Held { get; set; }

    internal Action<int>? OnNote { get; set; }

    protected override void OnZeroReferences()
    {
        Interlocked.Increment(ref _zeroReferences);
        ZeroReferences.Set();
    }

    protected override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(Descriptor);
        LastContext = context;
        switch (code)
        {
            case EchoString:
                string? text = data.ReadString();
                reply.WriteStatusOk();
                reply.WriteString(text);
                break;
            case EchoBytes:
                byte[] bytes = data.ReadByteArray();
                reply.WriteStatusOk();
                reply.WriteByteArray(bytes);
                break;
            case Note:
                int note = data.ReadInt32();
                Notes.Enqueue(note);
                OnNote?.Invoke(note);
                break;
            case CallBack:
                IBinder callee = data.ReadStrongBinder()!;
                int depth = data.ReadInt32();
                int below = depth > 0 ? Call.Nest(callee, this, depth - 1) : 0;
                reply.WriteStatusOk();
                reply.WriteInt32(below + 1);
                break;
            case Fail:
                throw Failure(data.ReadInt32());
            case MakeChild:
                TestService child = new();
                lock (Children)
                {
                    Children.Add(child);
                }

                reply.WriteStatusOk();
                reply.WriteStrongBinder(child);
                break;
            case Hold:
                Held = data.ReadStrongBinder();
                reply.WriteStatusOk();
                break;
            case Release:
                (Held as IDisposable)?.Dispose();
                Held = null;
                reply.WriteStatusOk();
                break;
            case Wait:
                Gate.Wait(TimeSpan.FromSeconds(10));
                reply.WriteStatusOk();
                break;
            case EchoDescriptor:
                using (FileDescriptor descriptor = data.ReadFileDescriptor())
                {
                    reply.WriteStatusOk();
                    reply.WriteFileDescriptor(descriptor);
                }

                break;
            case NoteToHeld:
                Call.SendNote(Held!, data.ReadInt32());
                reply.WriteStatusOk();
                break;
            case EchoBinder:
                reply.WriteStatusOk();
                reply.WriteStrongBinder(data.ReadStrongBinder());
                break;
            case Count:
                reply.WriteStatusOk();
                reply.WriteInt32(Notes.Count);
                break;
            case HeavyReply:
                reply.WriteStatusOk();
                reply.WriteByteArray(new byte[data.ReadInt32()]);
                break;
            default:
                throw new BinderException(StatusCode.UnknownTransaction);
        }
    }

    private static Exception Failure(int kind) => kind switch
    {
        0 => new ServiceSpecificException(-7, "seven"),
        1 => new BinderException(ExceptionCode.Security, "not you"),
        2 => new ArgumentException("bad argument"),
        3 => new BinderException(StatusCode.PermissionDenied),
        4 => new InvalidOperationException("not now"),
        5 => new NotSupportedException("not here"),
        _ => new IOException("unforeseen"),
    };
}
