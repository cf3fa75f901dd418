using System.Globalization;
using System.Text;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace VirtualizationService.Cids;

/// <summary>Which CID was given out last, kept in a file so that a number comes back only after all others (AVF's <c>virtualizationservice.state.last_cid</c>).</summary>
/// <remarks>
/// Late packets of a VM that has ended must not reach the next one. Two processes may read the same number: the one whose CID the kernel refuses
/// goes on to the next, so the file needs no lock.
/// </remarks>
/// <param name="path">The file.</param>
public sealed class LastCid(string path)
{
    /// <summary>The number, or 0 where there is none that can be read.</summary>
    public uint Read()
    {
        try
        {
            using PosixFile file = PosixFile.Open(path, OpenFlags.O_RDONLY);
            Span<byte> text = stackalloc byte[16];
            int length = file.ReadAt(text, 0);
            return uint.TryParse(Encoding.ASCII.GetString(text[..length]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out uint cid) ? cid : 0;
        }
        catch (LinuxException)
        {
            return 0;
        }
    }

    /// <summary>Keeps a number.</summary>
    /// <exception cref="LinuxException">It cannot be written.</exception>
    public void Write(uint cid)
    {
        using PosixFile file = PosixFile.Open(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC);
        file.WriteAt(Encoding.ASCII.GetBytes(cid.ToString(CultureInfo.InvariantCulture)), 0);
    }
}
