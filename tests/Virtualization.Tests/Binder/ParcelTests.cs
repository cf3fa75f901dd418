using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

public class ParcelTests
{
    public static TheoryData<string, string, Action<Parcel>> Golden => new()
    {
        { "interface token", "03000000 74006f006b000000", p => p.WriteInterfaceToken("tok") },
        { "null binder", "00000000 00000000", p => p.WriteStrongBinder(null) },
        { "binder", "01000000 0000000000000000 0c000000", p => p.WriteStrongBinder(new TestService()) },
        { "empty string", "00000000 00000000", p => p.WriteString("") },
        { "null string", "ffffffff", p => p.WriteString(null) },
        { "string of an odd length", "01000000 61000000", p => p.WriteString("a") },
        { "string of an even length", "02000000 61006200 00000000", p => p.WriteString("ab") },
        { "string beyond the first plane", "02000000 3dd800de 00000000", p => p.WriteString("\U0001F600") },
        { "numbers", "ffffffff 01000000 feffffffffffffff 0000000000000080", p =>
            {
                p.WriteInt32(-1);
                p.WriteUInt32(1);
                p.WriteInt64(-2);
                p.WriteUInt64(1UL << 63);
            }
        },
        { "boolean, byte, float, double", "01000000 ffffffff 0000803f 000000000000f03f", p =>
            {
                p.WriteBoolean(true);
                p.WriteByte(-1);
                p.WriteSingle(1);
                p.WriteDouble(1);
            }
        },
        { "byte array with padding", "05000000 0102030405000000", p => p.WriteByteArray([1, 2, 3, 4, 5]) },
        { "null byte array", "ffffffff", p => p.WriteNullableByteArray(null) },
        { "int array", "02000000 01000000 ffffffff", p => p.WriteInt32Array([1, -1]) },
        { "list of strings", "02000000 01000000 61000000 00000000 00000000", p => p.WriteStringList(["a", ""]) },
        { "ok", "00000000", p => p.WriteStatusOk() },
        { "security exception", "ffffffff 01000000 78000000 00000000", p => p.WriteStatus(ExceptionCode.Security, "x", 0) },
        { "service-specific error", "f8ffffff 01000000 78000000 00000000 07000000", p => p.WriteStatus(ExceptionCode.ServiceSpecific, "x", 7) },
        { "parcelable", "01000000 10000000 05000000 01000000 61000000", p => p.WriteParcelable(new Pair { Number = 5, Text = "a" }) },
        { "null parcelable", "00000000", p => p.WriteParcelable<Pair>(null) },
        { "list of parcelables", "01000000 01000000 10000000 05000000 01000000 61000000", p => p.WriteParcelableList<Pair>([new Pair { Number = 5, Text = "a" }]) },
        { "union", "01000000 05000000 01000000 61000000", p => p.WriteUnion(new Pair { Number = 5, Text = "a" }) },
        { "null descriptor", "00000000", p => p.WriteParcelFileDescriptor(null) },
        { "descriptors", "01000000 00000000 02000000 00000000 02000000 01000000", p =>
            {
                p.WriteParcelFileDescriptor(FileDescriptor.StandardInput);
                p.WriteFileDescriptor(FileDescriptor.StandardInput);
            }
        },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Has_the_bytes_of_libbinder(string what, string expected, Action<Parcel> write)
    {
        using Parcel parcel = new();
        write(parcel);
        Assert.Equal($"{what}: {Convert.ToHexString(RawPeer.Bytes(expected))}", $"{what}: {Convert.ToHexString(parcel.Data)}");
        Assert.Equal(parcel.Length, parcel.Position);
    }

    [Fact]
    public void The_table_of_objects_names_descriptors_in_version_1_and_binders_as_well_in_version_2()
    {
        using Parcel parcel = new();
        parcel.WriteStrongBinder(new TestService());
        parcel.WriteFileDescriptor(FileDescriptor.StandardInput);
        parcel.WriteStrongBinder(null);
        parcel.WriteStrongBinder(new TestService());
        Assert.Equal("", Table(parcel, 0));
        Assert.Equal("10000000", Table(parcel, 1));
        Assert.Equal("000000001000000020000000", Table(parcel, 2));
    }

    [Fact]
    public void Everything_written_is_read_again()
    {
        TestService service = new();
        using Parcel parcel = new();
        parcel.WriteInterfaceToken("tok");
        parcel.WriteInt32(-5);
        parcel.WriteUInt64(ulong.MaxValue);
        parcel.WriteByte(-3);
        parcel.WriteDouble(0.5);
        parcel.WriteString("text");
        parcel.WriteNullableByteArray([1, 2, 3]);
        parcel.WriteByteArray([4, 5]);
        parcel.WriteInt32Array([6, 7]);
        parcel.WriteStringList(["a", "b"]);
        parcel.WriteStrongBinder(service);
        parcel.WriteStrongBinder(null);
        parcel.WriteParcelable(new Pair { Number = 1, Text = "one" });
        parcel.WriteParcelableList<Pair>([new Pair { Number = 2, Text = "two" }]);
        parcel.WriteUnion(new Pair { Number = 3, Text = "three" });
        parcel.WriteParcelFileDescriptorList([FileDescriptor.StandardInput]);
        parcel.Position = 0;
        parcel.EnforceInterface("tok");
        Assert.Equal(-5, parcel.ReadInt32());
        Assert.Equal(ulong.MaxValue, parcel.ReadUInt64());
        Assert.Equal(-3, parcel.ReadByte());
        Assert.Equal(0.5, parcel.ReadDouble());
        Assert.Equal("text", parcel.ReadString());
        Assert.Equal([1, 2, 3], parcel.ReadNullableByteArray());
        byte[] two = new byte[2];
        parcel.ReadFixedByteArray(two);
        Assert.Equal([4, 5], two);
        Assert.Equal([6, 7], parcel.ReadInt32Array());
        Assert.Equal(["a", "b"], parcel.ReadStringList());
        Assert.Same(service, parcel.ReadStrongBinder());
        Assert.Null(parcel.ReadStrongBinder());
        Assert.Equal("one", parcel.ReadParcelable<Pair>()!.Text);
        Assert.Equal(2, Assert.Single(parcel.ReadParcelableList<Pair>()).Number);
        Assert.Equal("three", parcel.ReadUnion<Pair>()!.Text);
        Assert.Single(parcel.ReadParcelFileDescriptorList()).Dispose();
        Assert.Equal(0, parcel.Remaining);
    }

    [Fact]
    public void A_parcelable_of_an_older_peer_keeps_its_defaults_and_of_a_newer_one_is_skipped()
    {
        using Parcel parcel = Of("01000000 08000000 05000000  01000000 14000000 06000000 01000000 61000000 ffffffff  63000000");
        Pair older = parcel.ReadParcelable<Pair>()!;
        Assert.Equal((5, "default"), (older.Number, older.Text));
        Pair newer = parcel.ReadParcelable<Pair>()!;
        Assert.Equal((6, "a"), (newer.Number, newer.Text));
        Assert.Equal(0x63, parcel.ReadInt32());
    }

    [Theory]
    [InlineData("01000000 03000000", StatusCode.BadValue)]
    [InlineData("01000000 ffffffff", StatusCode.BadValue)]
    [InlineData("01000000 ffffff7f", StatusCode.NotEnoughData)]
    [InlineData("01000000 0c000000 05000000", StatusCode.NotEnoughData)]
    [InlineData("01000000 0c000000 05000000 01000000", StatusCode.NotEnoughData)] // a field that is cut is no older peer's
    [InlineData("01000000 0e000000 05000000 01000000 6100", StatusCode.NotEnoughData)]
    public void A_parcelable_whose_size_cannot_be_is_refused(string bytes, StatusCode status)
    {
        using Parcel parcel = Of(bytes);
        Assert.Equal(status, Assert.Throws<BinderException>(() => parcel.ReadParcelable<Pair>()).Status);
    }

    [Theory]
    [InlineData("feffffff", StatusCode.BadValue)]
    [InlineData("ffffff7f", StatusCode.NotEnoughData)]
    [InlineData("01000000 61006100", StatusCode.BadValue)]
    [InlineData("02000000 61006100", StatusCode.NotEnoughData)]
    public void A_string_that_cannot_be_is_refused(string bytes, StatusCode status)
    {
        using Parcel parcel = Of(bytes);
        Assert.Equal(status, Assert.Throws<BinderException>(() => parcel.ReadString()).Status);
    }

    [Fact]
    public void Counts_without_elements_take_no_memory()
    {
        string bytes = "f0ffff7f 00000000";
        Assert.Equal(StatusCode.NotEnoughData, Assert.Throws<BinderException>(() => Of(bytes).ReadByteArray()).Status);
        Assert.Equal(StatusCode.NotEnoughData, Assert.Throws<BinderException>(() => Of(bytes).ReadInt32Array()).Status);
        Assert.Equal(StatusCode.NotEnoughData, Assert.Throws<BinderException>(() => Of(bytes).ReadStringList()).Status);
        Assert.Equal(StatusCode.NotEnoughData, Assert.Throws<BinderException>(() => Of(bytes).ReadParcelableList<Pair>()).Status);
        Assert.Equal(StatusCode.NotEnoughData, Assert.Throws<BinderException>(() => Of(bytes).ReadParcelFileDescriptorList()).Status);
        Assert.Equal(StatusCode.UnexpectedNull, Assert.Throws<BinderException>(() => Of("ffffffff").ReadByteArray()).Status);
        Assert.Equal(StatusCode.UnexpectedNull, Assert.Throws<BinderException>(() => Of("01000000 ffffffff").ReadStringList()).Status);
        Assert.Equal(StatusCode.BadValue, Assert.Throws<BinderException>(() => Of("03000000 01020300").ReadFixedByteArray(new byte[2])).Status);
    }

    [Fact]
    public void A_parcel_cut_at_any_byte_is_refused_and_never_read_past()
    {
        using Parcel whole = new();
        Write(whole);
        for (int length = 0; length < whole.Length; length++)
        {
            using Parcel cut = Of(Convert.ToHexString(whole.Data[..length]));
            Assert.Equal(StatusCode.NotEnoughData, Assert.Throws<BinderException>(() => Read(cut)).Status);
        }

        whole.Position = 0;
        Read(whole);

        static void Write(Parcel p)
        {
            p.WriteInterfaceToken("tok");
            p.WriteByteArray([1, 2, 3]);
            p.WriteInt64(1);
            p.WriteStringList(["a", "bc"]);
            p.WriteParcelable(new Pair { Text = "x" });
            p.WriteStrongBinder(null);
        }

        static void Read(Parcel p)
        {
            p.EnforceInterface("tok");
            p.ReadByteArray();
            p.ReadInt64();
            p.ReadStringList();
            p.ReadParcelable<Pair>();
            p.ReadStrongBinder();
        }
    }

    [Fact]
    public void A_status_is_thrown_as_what_it_says()
    {
        Of("00000000").ReadStatus();
        Of("80ffffff 08000000 aaaaaaaa").ReadStatus(); // a reply header to skip
        using Parcel noted = Of("81ffffff 08000000 aaaaaaaa 00000000 05000000");
        noted.ReadStatus();
        Assert.Equal(5, noted.ReadInt32());
        ServiceSpecificException specific = Assert.Throws<ServiceSpecificException>(() => Of("f8ffffff 01000000 78000000 08000000 bbbbbbbb 07000000").ReadStatus());
        Assert.Equal((7, "x"), (specific.Code, specific.Message));
        Assert.Equal(ExceptionCode.NullPointer, Assert.Throws<BinderException>(() => Of("fcffffff ffffffff 00000000").ReadStatus()).Exception);
        Assert.Equal(StatusCode.BadValue, Assert.Throws<BinderException>(() => Of("ffffffff ffffffff 01000000").ReadStatus()).Status);
        Assert.Equal(StatusCode.BadValue, Assert.Throws<BinderException>(() => Of("80ffffff ffffff7f").ReadStatus()).Status);
    }

    [Fact]
    public void Bytes_that_look_like_an_object_are_none()
    {
        Assert.Equal(StatusCode.BadType, Assert.Throws<BinderException>(() => Of("01000000 0300000000000000 0c000000").ReadStrongBinder()).Status);
        Assert.Equal(StatusCode.BadType, Assert.Throws<BinderException>(() => Of("07000000 00000000").ReadStrongBinder()).Status);
        Assert.Equal(StatusCode.BadType, Assert.Throws<BinderException>(() => Of("01000000 0300000000000000 01000000").ReadStrongBinder()).Status);
        Assert.Equal(StatusCode.BadType, Assert.Throws<BinderException>(() => Of("02000000 00000000").ReadFileDescriptor()).Status);
    }

    [Fact]
    public void An_object_of_this_process_is_called_without_a_session()
    {
        TestService service = new();
        Assert.Equal("x", Call.EchoString(service, "x"));
        Call.SendNote(service, 3);
        Assert.Equal([3], service.Notes);
        Assert.Equal((-7, "seven"), Of(Assert.Throws<ServiceSpecificException>(() => Call.Fail(service, 0))));
        Assert.Equal(StatusCode.UnknownTransaction, Assert.Throws<BinderException>(() => Call.EchoUnknown(service, 99)).Status);
        using FileDescriptor back = Call.EchoDescriptor(service, FileDescriptor.StandardInput);
        Assert.False(back.IsInvalid);
        Assert.True(service.IsAlive);
        Assert.Equal(Environment.ProcessId, service.LastContext.PeerPid);
    }

    private static (int Code, string Message) Of(ServiceSpecificException e) => (e.Code, e.Message);

    private static string Table(Parcel parcel, uint version)
    {
        byte[] table = new byte[parcel.TableSize(version)];
        parcel.WriteTable(table, version);
        return Convert.ToHexString(table);
    }

    private static Parcel Of(string hexadecimal)
    {
        byte[] bytes = RawPeer.Bytes(hexadecimal);
        Parcel parcel = new();
        for (int i = 0; i < bytes.Length; i += 4)
        {
            byte[] word = [.. bytes.AsSpan(i, Math.Min(4, bytes.Length - i)), .. new byte[4]];
            parcel.WriteInt32(BitConverter.ToInt32(word));
        }

        parcel.Position = 0;
        return bytes.Length % 4 == 0 ? parcel : Cut(parcel, bytes.Length);
    }

    /// <summary>The same, but ending in the middle of a word, as only a received parcel can.</summary>
    private static Parcel Cut(Parcel parcel, int length)
    {
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Math.Max(16, length));
        parcel.Data[..length].CopyTo(buffer);
        parcel.SetReceived(null!, buffer, 0, length, length, null);
        return parcel;
    }

    private sealed class Pair : IParcelable
    {
        public int Number { get; set; }

        public string Text { get; set; } = "default";

        public void WriteTo(Parcel p)
        {
            p.WriteInt32(Number);
            p.WriteString(Text);
        }

        public void ReadFrom(Parcel p)
        {
            Number = p.ReadInt32();
            Text = p.ReadString()!;
        }
    }
}
