namespace System.Threading;

/// <summary>Accesses that are neither left out, merged nor split: each is one LDAR or STLR, which a hypervisor can emulate.</summary>
public static class Volatile
{
    public static unsafe byte Read(byte* address) => ((Cell8*)address)->Value;

    public static unsafe ushort Read(ushort* address) => ((Cell16*)address)->Value;

    public static unsafe uint Read(uint* address) => ((Cell32*)address)->Value;

    public static unsafe ulong Read(ulong* address) => ((Cell64*)address)->Value;

    public static unsafe void Write(byte* address, byte value) => ((Cell8*)address)->Value = value;

    public static unsafe void Write(ushort* address, ushort value) => ((Cell16*)address)->Value = value;

    public static unsafe void Write(uint* address, uint value) => ((Cell32*)address)->Value = value;

    public static unsafe void Write(ulong* address, ulong value) => ((Cell64*)address)->Value = (nuint)value;

    private struct Cell8
    {
        public volatile byte Value;
    }

    private struct Cell16
    {
        public volatile ushort Value;
    }

    private struct Cell32
    {
        public volatile uint Value;
    }

    private struct Cell64
    {
        public volatile nuint Value;
    }
}
