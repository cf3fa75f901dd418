using BootLoader.Dice.Making;
using Kvm.Interop.Processes;

namespace Microdroid.Tests.Flow;

/// <summary>Boots of a guest: which steps come in which order, and what the host hears of each failure.</summary>
public class MicrodroidManagerTests
{
    [Fact]
    public void The_first_boot_verifies_keeps_measures_wipes_mounts_and_runs_in_this_order()
    {
        using FakeGuest guest = new() { Handover = Handover() };
        guest.SetStrictBoot(isNewInstance: true);
        bool? isNew = null;
        guest.Payload = service =>
        {
            isNew = service.IsNewInstance();
            service.NotifyPayloadReady();
        };
        Assert.Equal(0, guest.Boot());
        Assert.Equal(
            [
                "loop microdroid-apk-idsig 0 4096", "verity microdroid-apk", "verify APK", "wipe", "zip dm-microdroid-apk /mnt/apk", "serve", "started",
                "start /mnt/apk/lib/arm64-v8a/payload.so", "ready", "end payload", "serve no more", "unmount zips", "finished 0",
            ],
            guest.Trace);
        Assert.True(isNew);
        Assert.Equal("", guest.Failure);
    }

    [Fact]
    public void A_later_boot_trusts_the_root_that_was_kept_and_gives_the_same_secret()
    {
        using FakeGuest guest = new() { Handover = Handover() };
        List<byte[]> secrets = [];
        List<bool> news = [];
        guest.Payload = service =>
        {
            secrets.Add(service.GetVmInstanceSecret("id"u8.ToArray(), 32));
            news.Add(service.IsNewInstance());
        };
        guest.SetStrictBoot(isNewInstance: true);
        Assert.Equal(0, guest.Boot());
        Assert.Contains("verify APK", guest.Trace);
        guest.SetStrictBoot(isNewInstance: false);
        Assert.Equal(0, guest.Boot());
        Assert.DoesNotContain("verify APK", guest.Trace);
        Assert.Contains("read APK", guest.Trace);
        Assert.Equal([true, false], news);
        Assert.Equal(secrets[0], secrets[1]);
    }

    [Fact]
    public void Instances_without_firmware_differ_by_their_ids_and_debuggable_ones_from_others()
    {
        List<string> secrets = [];
        foreach ((byte id, bool isDebuggable) in new[] { ((byte)1, false), ((byte)2, false), ((byte)1, true) })
        {
            using FakeGuest guest = new() { IsDebuggable = isDebuggable };
            guest.SetInstanceId(id);
            guest.Payload = service => secrets.Add(Convert.ToHexString(service.GetVmInstanceSecret([1], 16)));
            Assert.Equal(0, guest.Boot());
            Assert.DoesNotContain("wipe", guest.Trace);
        }

        Assert.Equal(3, secrets.Distinct().Count());
    }

    [Theory]
    [InlineData("package")]
    [InlineData("code")]
    [InlineData("signer")]
    [InlineData("extra")]
    [InlineData("APEX")]
    public void A_payload_that_changed_is_refused_though_it_is_genuine(string what)
    {
        using FakeGuest guest = new();
        guest.SetApk("extra-apk-0", "extra-idsig-0", new FakePackage { Package = "extra" });
        guest.Metadata.Config!.ExtraApkCount = 1;
        guest.AddApex("apex", new FakePackage { Package = "com.example.apex" });
        Assert.Equal(0, guest.Boot());
        switch (what)
        {
            case "package":
                guest.SetApk("microdroid-apk", "microdroid-apk-idsig", guest.Apk with { Version = 8 });
                break;
            case "code":
                guest.SetApk("microdroid-apk", "microdroid-apk-idsig", guest.Apk with { Entries = new() { ["lib/arm64-v8a/payload.so"] = "other" } });
                break;
            case "signer":
                guest.SetApk("microdroid-apk", "microdroid-apk-idsig", guest.Apk with { Signer = "another" });
                break;
            case "extra":
                guest.SetApk("extra-apk-0", "extra-idsig-0", new FakePackage { Package = "extra", Version = 8 });
                break;
            default:
                guest.Metadata.Apexes.Clear();
                guest.AddApex("apex", new FakePackage { Package = "com.example.apex", Signer = "another" });
                break;
        }

        Assert.Equal(1, guest.Boot());
        Assert.Equal("MICRODROID_PAYLOAD_HAS_CHANGED", guest.Failure);
        AssertRefused(guest, 2);
    }

    [Theory]
    [InlineData("a flipped bit in the APK")]
    [InlineData("a flipped bit in an extra APK")]
    [InlineData("a wrong signature")]
    [InlineData("a wrong signature of an APEX")]
    [InlineData("no idsig")]
    [InlineData("an extra APK without idsig")]
    [InlineData("an idsig of something else")]
    [InlineData("an APEX with another key than the metadata says")]
    [InlineData("an APEX named like a path")]
    public void A_payload_that_is_not_genuine_is_refused(string what)
    {
        using FakeGuest guest = new();
        guest.SetApk("extra-apk-0", "extra-idsig-0", new FakePackage { Package = "extra" });
        guest.Metadata.Config!.ExtraApkCount = 1;
        switch (what)
        {
            case "a flipped bit in the APK":
                Flip(guest, "microdroid-apk");
                break;
            case "a flipped bit in an extra APK":
                Flip(guest, "extra-apk-0");
                break;
            case "a wrong signature":
                guest.SetApk("microdroid-apk", "microdroid-apk-idsig", guest.Apk with { IsGenuine = false });
                break;
            case "a wrong signature of an APEX":
                guest.AddApex("apex", new FakePackage { IsGenuine = false });
                break;
            case "no idsig":
                guest.Devices.Partitions.Remove("microdroid-apk-idsig");
                break;
            case "an extra APK without idsig":
                guest.Devices.Partitions.Remove("extra-idsig-0");
                break;
            case "an idsig of something else":
                guest.Write("microdroid-apk-idsig", new FakePackage { Root = new string('1', 64) }.Bytes);
                break;
            case "an APEX with another key than the metadata says":
                guest.AddApex("apex", new FakePackage { Package = "apex" });
                guest.Metadata.Apexes[0].PublicKey = [1, 2, 3];
                break;
            default:
                guest.AddApex("apex", new FakePackage { Package = "../usr/bin" });
                break;
        }

        Assert.Equal(1, guest.Boot());
        Assert.Equal("MICRODROID_PAYLOAD_VERIFICATION_FAILED", guest.Failure);
        AssertRefused(guest, 1);
    }

    [Fact]
    public void A_payload_that_is_not_genuine_leaves_no_record_of_itself()
    {
        using FakeGuest guest = new();
        byte[] before = File.ReadAllBytes(guest.Path("vm-instance"));
        guest.SetApk("microdroid-apk", "microdroid-apk-idsig", guest.Apk with { IsGenuine = false });
        Assert.Equal(1, guest.Boot());
        Assert.Equal(before, File.ReadAllBytes(guest.Path("vm-instance")));
        guest.SetApk("microdroid-apk", "microdroid-apk-idsig", guest.Apk);
        Assert.Equal(0, guest.Boot());
    }

    [Theory]
    [InlineData("metadata")]
    [InlineData("metadata cut")]
    [InlineData("name with a directory")]
    [InlineData("name of no library")]
    [InlineData("missing library")]
    [InlineData("extra APKs")]
    [InlineData("missing file")]
    [InlineData("JSON")]
    public void A_configuration_that_cannot_be_is_refused(string what)
    {
        using FakeGuest guest = new();
        switch (what)
        {
            case "metadata":
                guest.Write("payload-metadata", [0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff, .. new byte[4088]]);
                break;
            case "metadata cut":
                guest.Write("payload-metadata", [0, 1, 0, 0]);
                break;
            case "name with a directory":
                guest.Metadata.Config!.PayloadBinaryName = "../payload.so";
                break;
            case "name of no library":
                guest.Metadata.Config!.PayloadBinaryName = "payload";
                break;
            case "missing library":
                guest.Metadata.Config!.PayloadBinaryName = "other.so";
                break;
            case "extra APKs":
                guest.Metadata.Config!.ExtraApkCount = 1;
                break;
            case "missing file":
                guest.Metadata.Config = null;
                guest.Metadata.ConfigPath = "assets/vm_config.json";
                break;
            default:
                guest.Metadata.Config = null;
                guest.Metadata.ConfigPath = "/mnt/apk/assets/vm_config.json";
                guest.SetApk("microdroid-apk", "microdroid-apk-idsig", guest.Apk with { Entries = new() { ["assets/vm_config.json"] = "{" } });
                break;
        }

        Assert.Equal(1, guest.Boot());
        Assert.Equal("MICRODROID_INVALID_PAYLOAD_CONFIG", guest.Failure);
        AssertRefused(guest, 3);
    }

    [Fact]
    public void With_strict_boot_firmware_and_record_must_agree_whether_the_instance_is_new()
    {
        using FakeGuest guest = new() { Handover = Handover() };
        guest.SetStrictBoot(isNewInstance: false);
        Assert.Equal(1, guest.Boot());
        Assert.Equal("MICRODROID_INVALID_PAYLOAD_CONFIG", guest.Failure);
        Assert.Equal("error 3 Instance data not found.", guest.Trace[^1]);

        guest.SetStrictBoot(isNewInstance: true);
        Assert.Equal(0, guest.Boot());
        Assert.Equal(1, guest.Boot());
        Assert.Equal("MICRODROID_INVALID_PAYLOAD_CONFIG", guest.Failure);
        Assert.Equal("error 3 Found instance data on first boot.", guest.Trace[^1]);
    }

    [Fact]
    public void With_strict_boot_there_must_be_a_hand_over()
    {
        using FakeGuest guest = new();
        guest.SetStrictBoot(isNewInstance: true);
        Assert.Equal(1, guest.Boot());
        Assert.StartsWith("MICRODROID_UNKNOWN_RUNTIME_ERROR|the firmware has verified this guest", guest.Failure, StringComparison.Ordinal);
        AssertRefused(guest, 0);
    }

    [Fact]
    public void A_record_of_another_device_is_refused()
    {
        using FakeGuest guest = new() { Handover = Handover() };
        Assert.Equal(0, guest.Boot());
        guest.Handover = Handover(secret: 2);
        Assert.Equal(1, guest.Boot());
        Assert.StartsWith("MICRODROID_UNKNOWN_RUNTIME_ERROR|the instance's record on ", guest.Failure, StringComparison.Ordinal);
        AssertRefused(guest, 0);
    }

    [Fact]
    public void A_host_that_does_not_answer_has_a_word_of_its_own()
    {
        using FakeGuest guest = new() { IsHostThere = false };
        Assert.Equal(1, guest.Boot());
        Assert.Equal("MICRODROID_FAILED_TO_CONNECT_TO_VIRTUALIZATION_SERVICE", guest.Failure);
        Assert.Empty(guest.Trace);
    }

    [Theory]
    [InlineData("payload-metadata")]
    [InlineData("vm-instance")]
    public void A_partition_that_is_missing_is_named(string label)
    {
        using FakeGuest guest = new();
        guest.Write("payload-metadata", [.. guest.Metadata.ToPartition(), .. new byte[100]]);
        guest.Devices.Partitions.Remove(label);
        if (label == "payload-metadata")
        {
            // Boot writes one where there is none; take it away for good.
            guest.Devices.Partitions[label] = guest.Path("nothing");
        }

        Assert.Equal(1, guest.Boot());
        Assert.StartsWith("MICRODROID_UNKNOWN_RUNTIME_ERROR|", guest.Failure, StringComparison.Ordinal);
        Assert.Contains(label == "vm-instance" ? label : "nothing", guest.Failure, StringComparison.Ordinal);
        AssertRefused(guest, 0);
    }

    [Theory]
    [InlineData("loop")]
    [InlineData("verity microdroid-apk")]
    [InlineData("verity apex-")]
    [InlineData("crypt")]
    public void A_device_that_cannot_be_made_keeps_the_payload_from_running(string call)
    {
        using FakeGuest guest = new();
        guest.AddApex("apex", new FakePackage { Package = "apex" });
        guest.Write("encryptedstore", new byte[8192]);
        guest.Devices.Failing = call;
        Assert.Equal(1, guest.Boot());
        Assert.NotEqual("", guest.Failure);
        Assert.DoesNotContain(guest.Trace, line => line.StartsWith("start", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(42)]
    public void The_payloads_exit_code_reaches_the_host_and_the_guest_ends_in_order(int code)
    {
        using FakeGuest guest = new() { PayloadExit = new ChildExit(code, null) };
        Assert.Equal(0, guest.Boot());
        Assert.Equal($"finished {code}", guest.Trace[^1]);
        Assert.Equal("", guest.Failure);
        Assert.Null(guest.Tombstone);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_payload_that_crashes_leaves_a_report_where_the_guest_may_be_looked_into(bool isDebuggable)
    {
        using FakeGuest guest = new() { PayloadExit = new ChildExit(null, 11), IsDebuggable = isDebuggable };
        Assert.Equal(1, guest.Boot());
        Assert.Equal("error 0 Payload exited due to signal: 11 (SIGSEGV)", guest.Trace[^1]);
        Assert.Equal("MICRODROID_UNKNOWN_RUNTIME_ERROR|Payload exited due to signal: 11 (SIGSEGV)", guest.Failure);
        Assert.Equal(isDebuggable, guest.Tombstone is not null);
        if (isDebuggable)
        {
            Assert.Contains("signal 11 (SIGSEGV)", guest.Tombstone, StringComparison.Ordinal);
            Assert.Contains("payload.so", guest.Tombstone, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_payload_that_was_asked_to_end_has_finished()
    {
        using FakeGuest guest = new() { PayloadExit = new ChildExit(null, 15) };
        Assert.Equal(0, guest.Boot());
        Assert.Equal("finished 0", guest.Trace[^1]);
    }

    [Fact]
    public void The_encrypted_store_is_formatted_once_mounted_for_the_payload_and_on_disk_before_the_host_hears_of_the_end()
    {
        using FakeGuest guest = new();
        guest.Write("encryptedstore", [.. "UNFORMATTED-STORAGE"u8, .. new byte[(1 << 20) - 19]]);
        Assert.Equal(0, guest.Boot());
        string[] store = [.. guest.Trace.Where(line => line.Contains("crypt", StringComparison.Ordinal) || line.StartsWith("finished", StringComparison.Ordinal))];
        Assert.Equal(
            [
                "crypt cryptdev encryptedstore 1048576",
                "run /usr/sbin/mke2fs -q -F -t ext4 -j -O metadata_csum,extents,64bit -b 4096 -E root_owner=6000:6000 /dev/dm-crypt",
                "mount ext4 /mnt/encryptedstore MS_NOSUID, MS_NODEV, MS_NOEXEC", "sync /mnt/encryptedstore", "unmount /mnt/encryptedstore",
                "remove cryptdev", "finished 0",
            ],
            store);
        byte[] key = guest.Devices.CryptKey!;
        guest.Write("encryptedstore", new byte[1 << 20]);
        Assert.Equal(0, guest.Boot());
        Assert.DoesNotContain(guest.Trace, line => line.StartsWith("run", StringComparison.Ordinal));
        Assert.Equal(key, guest.Devices.CryptKey);
        Assert.Equal(32, key.Length);
    }

    [Fact]
    public void A_store_that_cannot_be_formatted_is_a_failure_with_the_programs_own_words()
    {
        using FakeGuest guest = new() { Mke2fsExit = new ChildExit(1, null) };
        guest.Write("encryptedstore", [.. "UNFORMATTED-STORAGE"u8, .. new byte[8192 - 19]]);
        Assert.Equal(1, guest.Boot());
        Assert.EndsWith("/dev/dm-crypt: exit status 1: what it says", guest.Failure, StringComparison.Ordinal);
        AssertRefused(guest, 0);
    }

    [Fact]
    public void APEXes_and_extra_APKs_are_mounted_before_the_payload_and_unmounted_after_it()
    {
        using FakeGuest guest = new();
        guest.SetApk("extra-apk-0", "extra-idsig-0", new FakePackage { Package = "extra" });
        guest.Metadata.Config!.ExtraApkCount = 1;
        guest.AddApex("apex", new FakePackage { Package = "com.example.apex" });
        Assert.Equal(0, guest.Boot());
        string[] mounts = [.. guest.Trace.Where(line => line.Contains("mount", StringComparison.Ordinal) || line.StartsWith("zip", StringComparison.Ordinal))];
        Assert.Equal(
            [
                "mount erofs /apex/com.example.apex MS_RDONLY, MS_NOSUID, MS_NODEV", "zip dm-microdroid-apk /mnt/apk",
                "zip dm-extra-apk-0 /mnt/extra-apk/0 noexec", "unmount zips", "unmount /apex/com.example.apex",
            ],
            mounts);
    }

    [Fact]
    public void A_guest_that_may_not_be_looked_into_says_nothing()
    {
        using FakeGuest open = new() { IsDebuggable = true }, closed = new();
        Assert.Equal(0, open.Boot());
        Assert.Equal(0, closed.Boot());
        Assert.Contains("microdroid_manager: executing main task", open.Log, StringComparison.Ordinal);
        Assert.Equal("", closed.Log);
    }

    [Fact]
    public void Only_a_payload_with_a_configuration_file_gets_the_DICE_secrets_themselves()
    {
        using FakeGuest guest = new();
        bool refused = false;
        guest.Payload = service => refused = Throws(service.GetDiceAttestationCdi) && Throws(service.GetDiceAttestationChain);
        Assert.Equal(0, guest.Boot());
        Assert.True(refused);

        using FakeGuest platform = new();
        FakePackage apk = platform.Apk with
        {
            Entries = new() { ["assets/vm_config.json"] = """{"task":{"type":"executable","command":"bin/tool"}}""", ["bin/tool"] = "" },
        };
        platform.SetApk("microdroid-apk", "microdroid-apk-idsig", apk);
        platform.Metadata.Config = null;
        platform.Metadata.ConfigPath = "assets/vm_config.json";
        (byte[] Cdi, byte[] Chain) got = ([], []);
        platform.Payload = service => got = (service.GetDiceAttestationCdi(), service.GetDiceAttestationChain());
        Assert.True(platform.Boot() == 0, string.Join("; ", platform.Trace));
        Assert.Contains("start /mnt/apk/bin/tool as a program", platform.Trace);
        Assert.Equal(32, got.Cdi.Length);
        Assert.True(got.Chain.Length > 100);
    }

    internal static byte[] Handover(byte secret = 1) => HandoverMaker.Make(
        [.. Enumerable.Repeat(secret, 32)], FirmwareMeasurement.Of([1], [2], BootLoader.Dice.DiceMode.Normal, 1));

    private static bool Throws(Func<byte[]> call)
    {
        try
        {
            call();
            return false;
        }
        catch (Virtualization.Binder.BinderException e)
        {
            return e.Exception == Virtualization.Binder.ExceptionCode.Security;
        }
    }

    private static void Flip(FakeGuest guest, string label)
    {
        byte[] content = File.ReadAllBytes(guest.Path(label));
        content[^1] ^= 0x10;
        guest.Write(label, content);
    }

    /// <summary>The host heard of it, and nothing of the payload was run.</summary>
    private static void AssertRefused(FakeGuest guest, int code)
    {
        Assert.StartsWith($"error {code} ", guest.Trace[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(guest.Trace, line => line is "started" or "serve" || line.StartsWith("start ", StringComparison.Ordinal));
    }
}
