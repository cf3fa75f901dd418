using System.Diagnostics;
using Kvm.Interop.Events;
using Virtio.Pci;
using Virtio.Rng;
using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Tests.Pci;

/// <summary>Registers driven at random, from two threads as two vCPUs would, while the device signals; a device and its next driver survive it.</summary>
public sealed class VirtioPciFuzzTests
{
    private const int Steps = 100_000;

    private static readonly TimeSpan s_budget = TimeSpan.FromSeconds(30);

    private static readonly ulong[] s_places =
    [
        0, VIRTIO_PCI_COMMON_GF, VIRTIO_PCI_COMMON_MSIX, VIRTIO_PCI_COMMON_STATUS, VIRTIO_PCI_COMMON_STATUS, VIRTIO_PCI_COMMON_STATUS,
        VIRTIO_PCI_COMMON_Q_SELECT, VIRTIO_PCI_COMMON_Q_SIZE, VIRTIO_PCI_COMMON_Q_MSIX, VIRTIO_PCI_COMMON_Q_ENABLE,
        VIRTIO_PCI_COMMON_Q_DESCLO, VIRTIO_PCI_COMMON_Q_AVAILLO, VIRTIO_PCI_COMMON_Q_USEDLO, 0x1000, 0x2000, 0x3000, 0x3004,
        0x6000, 0x600c, 0x6010, 0x601c, 0x7000, 0x0ffc, 0x5000, 0x7ffc,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_device_survives_random_registers(int seed)
    {
        var device = new ScriptedDevice();
        using var driver = new PciDriver(device);
        long start = Stopwatch.GetTimestamp();

        Together(seed, random =>
        {
            Step(driver, random);
            if (random.Next(20) == 0 && device.Active is { } active)
            {
                active.Queues[0]?.Interrupt.Signal();
                active.Signals.ConfigurationChanged();
            }
        });

        Assert.True(Stopwatch.GetElapsedTime(start) < s_budget, $"it took {Stopwatch.GetElapsedTime(start)}");
        Assert.True(device.Activations > 10, $"only {device.Activations} activations: the steps do not reach the device");
        StartAnew(driver);
        Assert.NotNull(device.Active);
        driver.Status = 0;
    }

    [Fact]
    public void A_device_with_a_loop_of_its_own_survives_random_registers()
    {
        using var loop = new EventLoop("rng", e => throw e);
        loop.Start();
        using var driver = new PciDriver(new RngDevice(loop));

        Together(3, random => Step(driver, random));

        StartAnew(driver);
        Assert.Equal(0x0f, driver.Status);
        driver.Status = 0;
        PciDriver.Eventually(() => driver.Status == 0);
        loop.Stop();
    }

    private static void StartAnew(PciDriver driver)
    {
        driver.Status = 0;
        PciDriver.Eventually(() => driver.Status == 0);
        driver.SetCommand(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
        driver.WriteConfig(PCI_BASE_ADDRESS_0, (uint)PciDriver.Bar);
        driver.Start();
        Assert.Contains(PciDriver.Bar + 0x3000, driver.Wiring.Kicks.Keys);
    }

    private static void Together(int seed, Action<Random> step)
    {
        Exception? fault = null;
        Thread[] threads =
        [
            .. Enumerable.Range(0, 2).Select(i => new Thread(() =>
            {
                try
                {
                    var random = new Random((seed * 2) + i);
                    for (int n = 0; n < Steps / 2; n++)
                    {
                        step(random);
                    }
                }
                catch (Exception e)
                {
                    fault = e;
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Null(fault);
    }

    private static void Step(PciDriver driver, Random random)
    {
        int width = 1 << random.Next(4);
        Span<byte> data = stackalloc byte[width];
        random.NextBytes(data);
        switch (random.Next(20))
        {
            case < 3:
                driver.Function.ReadBar(0, Place(random), data);
                break;
            case < 4:
                driver.Function.ReadBar(random.Next(-1, 7), (ulong)random.NextInt64(), data);
                driver.Function.WriteBar(random.Next(-1, 7), (ulong)random.NextInt64(), data);
                break;
            case < 10:
                driver.Function.WriteBar(0, Place(random), data);
                break;
            case < 11:
                driver.Function.ReadConfiguration(random.Next(PCI_CFG_SPACE_SIZE - width + 1), data);
                break;
            case < 13:
                driver.Function.WriteConfiguration(random.Next(PCI_CFG_SPACE_SIZE - width + 1), data);
                break;
            case < 14:
                driver.EnableMsix(random.Next(2) == 0, random.Next(4) == 0);
                break;
            case < 16:
                driver.Status = (byte)(random.Next(3) == 0 ? 0 : random.Next(256));
                break;
            default:
                // Sensible steps in any order: without them no device would ever become active.
                Sensible(driver, random);
                break;
        }
    }

    private static void Sensible(PciDriver driver, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                driver.Status = 0;
                driver.Negotiate(VirtioFeatures.Version1);
                break;
            case 1:
                driver.SetQueues();
                break;
            case 2:
                driver.SetDriverOk();
                break;
            case 3:
                driver.SetVector(random.Next(3), 0x4001_0040, (uint)random.Next(8), random.Next(2) == 0);
                break;
            default:
                driver.UseVector(random.Next(2), (ushort)random.Next(4));
                break;
        }
    }

    private static ulong Place(Random random) => random.Next(4) == 0
        ? (ulong)random.Next((int)VirtioPciLayout.BarSize)
        : s_places[random.Next(s_places.Length)] + (ulong)random.Next(4);
}
