using BootLoader.Blocks;
using Pvmfw.DeviceTree;
using Pvmfw.Identity;

namespace Pvmfw.Tests.Flow;

/// <summary>The instance image of the machine on this thread, in memory.</summary>
internal struct TestInstance : IInstanceStore<TestInstance>
{
    public readonly ulong SectorCount => (ulong)TestPlatform.Machine.Image!.Length / Sectors.Size;

    public static bool TryOpen(scoped in TreeFacts facts, bool isProtected, out TestInstance store, out uint fault)
    {
        store = default;
        fault = 3;
        bool isThere = TestPlatform.Machine.Image is not null;
        TestPlatform.Machine.Opened += isThere ? 1 : 0;
        return isThere;
    }

    public readonly bool Read(ulong sector, Span<byte> bytes)
    {
        if (!Sectors.AreInside(SectorCount, sector, bytes.Length))
        {
            return false;
        }

        TestPlatform.Machine.Image.AsSpan((int)sector * Sectors.Size, bytes.Length).CopyTo(bytes);
        return true;
    }

    public readonly bool Write(ulong sector, ReadOnlySpan<byte> bytes)
    {
        if (TestPlatform.Machine.FailsWrites || !Sectors.AreInside(SectorCount, sector, bytes.Length))
        {
            return false;
        }

        bytes.CopyTo(TestPlatform.Machine.Image.AsSpan((int)sector * Sectors.Size));
        return true;
    }

    public readonly bool Flush() => true;

    public readonly bool TryClose()
    {
        TestPlatform.Machine.Opened--;
        return !TestPlatform.Machine.FailsClosing;
    }
}
