namespace Virtualization.Binder;

/// <summary>A structured AIDL parcelable or union: fields in the order of its AIDL file.</summary>
public interface IParcelable
{
    /// <summary>Writes the fields, or a union's tag and value; the frame around them is <see cref="Parcel.WriteParcelable{T}"/>'s.</summary>
    void WriteTo(Parcel p);

    /// <summary>
    /// Reads the fields. A peer with an older definition sends fewer: reading then ends at the first that is missing, and the rest keep the values
    /// that the constructor gave them.
    /// </summary>
    void ReadFrom(Parcel p);
}
