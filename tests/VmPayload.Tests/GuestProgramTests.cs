using System.Diagnostics;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace VmPayload.Tests;

/// <summary>The ARM64 programs themselves under qemu-user. VMM_PAYLOAD_PROGRAMS names a directory with all that vm_payload and vm_payload_samples make.</summary>
public sealed class GuestProgramTests : IDisposable
{
    private const string Qemu = "/usr/bin/qemu-aarch64-static";
    private const string Libraries = "/usr/aarch64-linux-gnu/lib";
    private const string Descriptor = "vmm.samples.IPayload";
    private readonly string _root = Directory.CreateTempSubdirectory("guest-").FullName;
    private readonly FakeManager _manager = new();
    private RpcServer? _server;

    public void Dispose()
    {
        _server?.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [SkippableFact]
    public void An_executable_payload_is_ready_and_ends_with_its_code()
    {
        using Process process = Start("/payload/executable-payload/lib/arm64-v8a/executable-payload", "--exit", "7");
        Assert.Equal((7, "an executable payload runs, with the APK at /mnt/apk\n", ""), Finish(process));
        Assert.Equal(1, _manager.Ready);
    }

    [SkippableFact]
    public void The_launcher_says_in_one_line_what_is_wrong()
    {
        using Process nothing = Start("/payload/microdroid_launcher");
        Assert.StartsWith("microdroid_launcher: the payload was not loaded: /nowhere.so: ", Finish(Start("/payload/microdroid_launcher", "/nowhere.so")).Errors, StringComparison.Ordinal);
        Assert.Equal(
            (126, "", "microdroid_launcher: the payload does not export AVmPayload_main (vm_main.h): /payload/libvm_payload.so\n"),
            Finish(Start("/payload/microdroid_launcher", "/payload/libvm_payload.so")));
        (int status, _, string errors) = Finish(nothing);
        Assert.Equal(126, status);
        Assert.StartsWith("microdroid_launcher: usage: ", errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Without_the_service_a_payload_ends_with_one_line()
    {
        using Process process = Start(serve: false, [], "/payload/microdroid_launcher", "/payload/empty-payload/lib/arm64-v8a/MicrodroidEmptyPayloadJniLib.so");
        (_, _, string errors) = Finish(process);
        Assert.Contains("libvm_payload: AVmPayload_notifyPayloadReady: the service at /run/vm_payload_service was not reached or refused\n", errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_payload_in_c_serves_eight_threads_calls_back_and_ends()
    {
        Skip.IfNot(File.Exists("/usr/bin/aarch64-linux-gnu-gcc"), "aarch64-linux-gnu-gcc is not installed");
        string shim = Path.Combine(_root, "vsock.so");
        (int status, _, string complaints) = Tool.Run(
            [], "aarch64-linux-gnu-gcc", "-shared", "-fPIC", "-o", shim, Repository.Path("tests/VmPayload.Tests/Native/vsock-over-unix.c"));
        Assert.True(status == 0, complaints);
        using Process process = Start(
            serve: true, ["-E", "LD_PRELOAD=/vsock.so"], "/payload/microdroid_launcher", "/payload/c-payload/lib/arm64-v8a/c-payload.so");
        Assert.True(SpinWait.SpinUntil(() => _manager.Ready == 1 || process.HasExited, TimeSpan.FromSeconds(30)));
        Assert.False(process.HasExited, process.HasExited ? process.StandardError.ReadToEnd() : "");
        using (RpcSession session = RpcSession.ConnectUnix(Path.Combine(_root, "run", "vsock"), new RpcSessionOptions { MaxOutgoing = 8 }))
        {
            IBinder root = session.Root!;
            Parallel.For(0, 8, thread =>
            {
                for (int i = 0; i < 50; i++)
                {
                    Assert.Equal(thread + i, Call(root, 2, data => { data.WriteInt32(thread); data.WriteInt32(i); }, reply => reply.ReadInt32()));
                }
            });
            byte[] large = new byte[90_000];
            new Random(2).NextBytes(large);
            Assert.Equal(large, Call(root, 1, data => data.WriteByteArray(large), reply => reply.ReadByteArray()));
            Assert.Equal(FakeManager.SecretOf("a"u8.ToArray(), 32), Call(root, 3, data => data.WriteByteArray("a"u8), reply => reply.ReadByteArray()));
            Assert.Equal(19, Assert.Throws<ServiceSpecificException>(() => Call(root, 4, data => data.WriteString("x"), _ => 0)).Code);
            Assert.Equal(5, Call(root, 7, data => { data.WriteStrongBinder(new Adder()); data.WriteInt32(5); }, reply => reply.ReadInt32()));
            for (int i = 0; i < 100; i++)
            {
                CallOneWay(root, 8, i);
            }

            Assert.True(SpinWait.SpinUntil(() => Call(root, 9, _ => { }, reply => reply.ReadInt32()) == 100, TimeSpan.FromSeconds(10)));
            // The session is kept until it has come: one that ends takes the calls along that wait for their turn.
            CallOneWay(root, 10, 3);
            Assert.Equal(3, Finish(process).Status);
        }
    }

    private static (int Status, string Output, string Errors) Finish(Process process)
    {
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        bool ended = process.WaitForExit(TimeSpan.FromSeconds(30));
        process.Kill();
        Assert.True(ended, $"it runs on: {output.Result}{errors.Result}");
        return (process.ExitCode, output.Result, errors.Result);
    }

    private static T Call<T>(IBinder target, uint code, Action<Parcel> write, Func<Parcel, T> read)
    {
        using Parcel data = new();
        using Parcel reply = new();
        data.WriteInterfaceToken(Descriptor);
        write(data);
        target.Transact(code, data, reply);
        reply.ReadStatus();
        return read(reply);
    }

    private static void CallOneWay(IBinder target, uint code, int value)
    {
        using Parcel data = new();
        data.WriteInterfaceToken(Descriptor);
        data.WriteInt32(value);
        target.Transact(code, data, null, TransactionFlags.OneWay);
    }

    private Process Start(params string[] command) => Start(serve: true, [], command);

    // In a root of its own with the cross compiler's libc, where /run/vm_payload_service is this test's.
    private Process Start(bool serve, string[] options, params string[] command)
    {
        string? programs = Environment.GetEnvironmentVariable("VMM_PAYLOAD_PROGRAMS");
        Skip.If(programs is null, "VMM_PAYLOAD_PROGRAMS names no directory with the programs");
        Skip.IfNot(File.Exists(Qemu), "qemu-user-static is not installed");
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root may change the root directory");
        if (!Directory.Exists(Path.Combine(_root, "run")))
        {
            Directory.CreateDirectory(Path.Combine(_root, "run"));
            Directory.CreateDirectory(Path.Combine(_root, "lib"));
            File.Copy(Qemu, Path.Combine(_root, "qemu"));
            foreach (string library in new[] { "ld-linux-aarch64.so.1", "libc.so.6" })
            {
                File.Copy(Path.Combine(Libraries, library), Path.Combine(_root, "lib", library));
            }

            foreach (string file in Directory.EnumerateFiles(programs!, "*", SearchOption.AllDirectories))
            {
                string copy = Path.Combine(_root, "payload", Path.GetRelativePath(programs!, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            if (serve)
            {
                _server = new RpcServer(new RpcServerOptions { Root = _ => _manager });
                _server.Serve(RpcListener.ListenUnix(Path.Combine(_root, "run", IVmPayloadService.VmPayloadServiceSocketName)));
            }
        }

        string[] arguments = [_root, "/qemu", "-E", "LD_LIBRARY_PATH=/payload:/lib", .. options, .. command];
        return Process.Start(new ProcessStartInfo("/usr/sbin/chroot", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    private sealed class Adder() : BinderObject(Descriptor)
    {
        protected override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
        {
            data.EnforceInterface(Descriptor);
            int sum = data.ReadInt32() + data.ReadInt32();
            reply.WriteStatusOk();
            reply.WriteInt32(sum);
        }
    }
}
