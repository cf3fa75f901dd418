using System.Buffers.Binary;
using Virtualization.Payload;

namespace Virtualization.Tests.Payload;

/// <summary>The first partition of a payload disk.</summary>
public sealed class PayloadMetadataTests
{
    private static PayloadMetadata Sample
    {
        get
        {
            PayloadMetadata metadata = new()
            {
                Apk = new ApkPayload { Name = "apk", PayloadPartitionName = "microdroid-apk", IdsigPartitionName = "microdroid-apk-idsig" },
                Config = new PayloadConfig { PayloadBinaryName = "lib.so", ExtraApkCount = 2 },
            };
            metadata.Apexes.Add(new ApexPayload
            {
                Name = "com.android.art",
                PartitionName = "microdroid-apex-0",
                PublicKey = [1, 2],
                RootDigest = [3],
                LastUpdateSeconds = 300,
                IsFactory = true,
                ManifestVersion = -1,
                ManifestName = "art",
            });
            return metadata;
        }
    }

    [SkippableFact]
    public void Protoc_reads_what_is_written()
    {
        byte[] partition = Sample.ToPartition();
        Assert.Equal(partition.Length - 4, BinaryPrimitives.ReadInt32BigEndian(partition));

        string text = System.Text.Encoding.UTF8.GetString(
            Tool.Filter(partition[4..], "protoc", $"--proto_path={ProtoDirectory}", "--decode=android.microdroid.Metadata", "metadata.proto"));

        Assert.Equal(
            """
            version: 1
            apexes {
              name: "com.android.art"
              partition_name: "microdroid-apex-0"
              public_key: "\001\002"
              root_digest: "\003"
              last_update_seconds: 300
              is_factory: true
              manifest_version: -1
              manifest_name: "art"
            }
            apk {
              name: "apk"
              payload_partition_name: "microdroid-apk"
              idsig_partition_name: "microdroid-apk-idsig"
            }
            config {
              payload_binary_name: "lib.so"
              extra_apk_count: 2
            }

            """,
            text);
    }

    [Fact]
    public void The_bytes_are_those_that_the_format_gives()
    {
        PayloadMetadata metadata = new() { Apk = new ApkPayload { Name = "a" }, ConfigPath = "c" };

        Assert.Equal("0000000A" + "0801" + "1A03" + "0A0161" + "220163", Convert.ToHexString(metadata.ToPartition()));
    }

    [Fact]
    public void What_is_written_is_read_again_from_a_padded_partition()
    {
        byte[] partition = Sample.ToPartition();
        using MemoryStream stream = new([.. partition, .. new byte[4096]]);

        PayloadMetadata back = PayloadMetadata.Read(stream);

        Assert.Equal(partition, back.ToPartition());
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        byte[] partition = Sample.ToPartition();
        for (int length = 0; length < partition.Length; length++)
        {
            byte[] cut = partition[..length];
            Assert.Throws<InvalidDataException>(() => PayloadMetadata.Read(cut));
            Assert.Throws<InvalidDataException>(() => PayloadMetadata.Read(new MemoryStream(cut)));
        }
    }

    [Fact]
    public void Changed_bytes_are_refused_or_read_and_nothing_else()
    {
        byte[] partition = Sample.ToPartition();
        Random random = new(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. partition];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                PayloadMetadata.Read(changed);
            }
            catch (InvalidDataException)
            {
                // That is the answer.
            }
        }
    }

    [Theory]
    [InlineData("FFFFFFFF", "payload metadata: a message of 4294967295 bytes; 1048576 are the most")]
    [InlineData("00000005 0801", "payload metadata: a message of 5 bytes, of which 2 are there")]
    [InlineData("00000000", "payload metadata: version 0, not 1")]
    [InlineData("00000002 0802", "payload metadata: version 2, not 1")]
    [InlineData("00000002 0801", "payload metadata: it names no APK")]
    [InlineData("00000004 0801 1A00", "payload metadata: it says neither what to run nor where that is written")]
    public void A_wrong_partition_is_one_line(string hex, string expected)
    {
        byte[] partition = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

        Assert.Equal(expected, Assert.Throws<InvalidDataException>(() => PayloadMetadata.Read(partition)).Message);
    }

    [Fact]
    public void The_later_of_two_payloads_counts_as_protocol_buffers_say()
    {
        byte[] partition = Convert.FromHexString("0000000A" + "0801" + "1A00" + "220163" + "2A00");
        BinaryPrimitives.WriteInt32BigEndian(partition, partition.Length - 4);

        PayloadMetadata metadata = PayloadMetadata.Read(partition);

        Assert.Null(metadata.ConfigPath);
        Assert.NotNull(metadata.Config);
    }

    [Fact]
    public void Metadata_without_exactly_one_payload_is_not_written()
    {
        Assert.Throws<InvalidOperationException>(() => new PayloadMetadata().ToPartition());
        Assert.Throws<InvalidOperationException>(() => new PayloadMetadata { ConfigPath = "c", Config = new PayloadConfig() }.ToPartition());
    }

    private static string ProtoDirectory => Repository.Path("src/Virtualization/Payload");
}
