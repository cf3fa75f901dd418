using System.Runtime.Versioning;
using DotnetPayload;
using Virtualization.Payload;

[assembly: SupportedOSPlatform("linux")]

const uint port = 5679;
Console.WriteLine($"a .NET payload runs, with the APK at {VmPayload.ApkContentsPath}");
VmPayload.RunVsockRpcServer(new PayloadService(), port, () =>
{
    Console.WriteLine($"serves {PayloadService.Descriptor} on vsock port {port}");
    VmPayload.NotifyPayloadReady();
});
