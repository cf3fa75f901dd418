using System.Diagnostics;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Kvm.Interop.Sockets;
using Virtio.Net;
using Virtio.Tests.Drivers;
using Virtio.VhostUser;

namespace Virtio.Tests.VhostUser;

/// <summary>The front end with a back end that others wrote: passt, where this machine has one that speaks vhost-user.</summary>
public sealed class PasstTests
{
    private const int HeaderSize = 12;

    [SkippableFact]
    public void Passt_answers_the_frames_of_a_driver_again_and_again()
    {
        Skip.IfNot(Speaks(), "no passt with --vhost-user is installed");
        string path = Path.Combine(Path.GetTempPath(), $"vmm-{Guid.NewGuid():n}");
        string[] arguments =
        [
            "--foreground", "--quiet", "--vhost-user", "--socket", path, "--one-off", "--ipv4-only", "--address", "10.1.1.2", "--netmask", "24",
            "--gateway", "10.1.1.1", "--tcp-ports", "none", "--udp-ports", "none",
        ];
        using Process passt = Process.Start("passt", arguments);
        List<Exception> errors = [];
        List<string> reports = [];
        using var loop = new EventLoop("passt test", errors.Add);
        var mac = new MacAddress(0x0200_0000_0001);
        var settings = new VhostUserSettings(VhostUserKind.Net(mac), "net", () => StreamSocket.Connect(path, TimeSpan.FromSeconds(10)))
        {
            Report = reports.Add,
        };
        using (var device = new VhostUserDevice(loop, settings))
        {
            using var driver = new MockDriver(device);
            loop.Start();
            for (int round = 0; round < 3; round++)
            {
                driver.Activate();
                GuestAddress[] buffers = [.. Enumerable.Range(0, 16).Select(_ => driver.Allocate(2048))];
                foreach (GuestAddress buffer in buffers)
                {
                    driver.Queue(0).Add(new MockBuffer(buffer, 2048, Writable: true));
                }

                driver.Queue(0).Kick();
                Assert.Contains("10.1.1.1", AskWhoHas(driver, mac, buffers), StringComparison.Ordinal);
                driver.Reset();
            }

            Assert.Empty(reports);
            loop.Stop();
        }

        Assert.True(passt.WaitForExit(5000), "passt goes on without its front end");
        Assert.Empty(errors);
        File.Delete(path);
    }

    /// <summary>Sends an ARP request for the gateway and gives the sender's address of the reply.</summary>
    private static string AskWhoHas(MockDriver driver, MacAddress mac, GuestAddress[] buffers)
    {
        byte[] frame = new byte[HeaderSize + 60];
        Span<byte> packet = frame.AsSpan(HeaderSize);
        packet[..6].Fill(0xff);
        mac.Write(packet[6..]);
        byte[] arp = [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1];
        arp.CopyTo(packet[12..]);
        mac.Write(packet[22..]);
        ((byte[])[10, 1, 1, 2]).CopyTo(packet[28..]);
        ((byte[])[10, 1, 1, 1]).CopyTo(packet[38..]);
        GuestAddress place = driver.Allocate(frame.Length);
        driver.Memory.Write(place, frame);
        driver.Queue(1).Add(new MockBuffer(place, (uint)frame.Length));
        driver.Queue(1).Kick();
        driver.Queue(1).Take();
        foreach (GuestAddress buffer in buffers)
        {
            byte[] reply = new byte[driver.Queue(0).Take().Written];
            driver.Memory.Read(buffer, reply);
            if (reply.Length >= HeaderSize + 42 && reply[HeaderSize + 13] == 0x06 && reply[HeaderSize + 21] == 2)
            {
                return string.Join('.', reply.AsSpan(HeaderSize + 28, 4).ToArray());
            }
        }

        return "nobody";
    }

    private static bool Speaks()
    {
        try
        {
            using Process help = Process.Start(new ProcessStartInfo("passt", ["--help"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string text = help.StandardOutput.ReadToEnd();
            help.WaitForExit();
            return text.Contains("--vhost-user", StringComparison.Ordinal);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
