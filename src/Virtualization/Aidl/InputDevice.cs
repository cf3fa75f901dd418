using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>An input device (AVF InputDevice.aidl). Disposing it closes its descriptor.</summary>
/// <remarks>On the wire it is a union of seven parcelables, of which those of touch devices have a surface and the others only a descriptor.</remarks>
public sealed class InputDevice : IParcelable, IDisposable
{
    /// <summary>Which device.</summary>
    public InputDeviceKind Kind { get; set; }

    /// <summary>Where its events come from; never null on the wire.</summary>
    public FileDescriptor? Pfd { get; set; }

    /// <summary>The surface, for the kinds that are touched.</summary>
    public TouchSurface Surface { get; set; } = new(1280, 1080, "");

    private bool IsTouched => Kind is InputDeviceKind.SingleTouch or InputDeviceKind.Trackpad or InputDeviceKind.MultiTouch;

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteInt32((int)Kind);
        if (IsTouched)
        {
            p.WriteParcelable(new Touched { Pfd = Pfd, Surface = Surface });
        }
        else
        {
            p.WriteParcelable(new Plain { Pfd = Pfd });
        }
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Kind = (InputDeviceKind)p.ReadInt32();
        if (!Enum.IsDefined(Kind))
        {
            throw new BinderException(StatusCode.BadValue);
        }

        if (IsTouched)
        {
            Touched device = p.ReadRequiredParcelable<Touched>();
            (Pfd, Surface) = (device.Pfd, device.Surface);
        }
        else
        {
            Pfd = p.ReadRequiredParcelable<Plain>().Pfd;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Pfd?.Dispose();

    private sealed class Plain : IParcelable
    {
        internal FileDescriptor? Pfd { get; set; }

        public void WriteTo(Parcel p) => p.WriteParcelFileDescriptor(Pfd);

        public void ReadFrom(Parcel p) => Pfd = p.ReadRequiredDescriptor();
    }

    private sealed class Touched : IParcelable
    {
        internal FileDescriptor? Pfd { get; set; }

        internal TouchSurface Surface { get; set; }

        public void WriteTo(Parcel p)
        {
            p.WriteParcelFileDescriptor(Pfd);
            p.WriteInt32(Surface.Width);
            p.WriteInt32(Surface.Height);
            p.WriteString(Surface.Name);
        }

        public void ReadFrom(Parcel p)
        {
            Pfd = p.ReadRequiredDescriptor();
            Surface = new TouchSurface(p.ReadInt32(), p.ReadInt32(), p.ReadRequiredString());
        }
    }
}
