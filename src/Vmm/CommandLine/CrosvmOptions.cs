namespace Vmm.CommandLine;

/// <summary>
/// Options of crosvm (of <c>run</c>; <c>--full</c> of <c>suspend</c>) that <c>vmm</c> has no meaning for yet, known so that they can be
/// refused by their name.
/// Source: crosvm src/crosvm/cmdline.rs of 2026-07, and options of earlier versions that callers still use.
/// </summary>
internal static class CrosvmOptions
{
    /// <summary>The names, one-letter forms last.</summary>
    public static IReadOnlyList<string> NotYet { get; } =
    [
        "--ac-adapter", "--ac97", "--acpi-table", "--android-display-service", "--android-fstab", "--async-executor", "--balloon-bias-mib",
        "--balloon-control", "--balloon-ws-num-bins", "--balloon-ws-reporting", "--balloon-wss-reporting",
        "--battery", "--bios", "--boost-uclamp", "--break-linux-pci-config-io", "--bus-lock-ratelimit", "--cfg",
        "--coiommu", "--core-scheduling", "--cpu-affinity", "--cpu-capacity", "--cpu-cluster", "--cpu-frequencies-khz", "--cpu-ipc-ratio",
        "--crash-pipe-name", "--delay-rt", "--dev-pm", "--display-window-keyboard",
        "--display-window-mouse", "--dump-cfg", "--dynamic-power-coefficient", "--enable-fw-cfg", "--enable-hwp", "--evdev", "--exit-stats",
        "--ffa", "--file-backed-mapping", "--force-calibrated-tsc-leaf", "--force-disable-readonly-mem", "--full", "--fw-cfg", "--gdb", "--gpu",
        "--gpu-cgroup-path", "--gpu-display", "--gpu-render-server", "--gpu-server-cgroup-path", "--host-cpu-topology", "--host-guid",
        "--hypervisor", "--input", "--itmt", "--kernel-log-file", "--keyboard", "--kvm-device",
        "--lock-guest-memory", "--log-file", "--logs-directory", "--media-decoder", "--mmio-address-range", "--mouse", "--mte",
        "--multi-touch", "--nested", "--no-i8042", "--no-smt",
        "--no-syslog", "--oem-strings", "--pci-hotplug-slots", "--pci-start", "--pcie-ecam", "--per-vm-core-scheduling",
        "--pflash", "--pivot-root", "--pmem", "--pmem-device", "--pmem-ext2", "--process-invariants-handle", "--process-invariants-size",
        "--product-channel", "--product-name", "--product-version", "--pstore",
        "--pvclock", "--restore", "--rotary", "--rt-cpus", "--rw-pmem-device", "--s2idle", "--scsi-block",
        "--seccomp-log-failures", "--seccomp-policy-dir", "--service-pipe-name", "--shared-dir", "--simple-media-device", "--single-touch",
        "--slirp-capture-file", "--smbios", "--smccc-trng", "--sound", "--split-irqchip", "--stub-pci-device", "--swap", "--switches",
        "--syslog-tag", "--task-profiles", "--trackpad",
        "--v4l2-proxy", "--vcpu-cgroup-path", "--vfio", "--vfio-isolate-hotplug", "--vfio-platform",
        "--vfio-platform-pm", "--vhost-scmi", "--vhost-scmi-device", "--vhost-user-gpu", "--vhost-user-mac80211-hwsim", "--vhost-user-video-decoder",
        "--vhost-user-wl", "--video-decoder", "--video-encoder", "--virt-cpufreq",
        "--virt-cpufreq-upstream", "--virtio-snd", "--vtpm-proxy", "--vvu-proxy", "--wayland-sock", "--x-display",
    ];
}
