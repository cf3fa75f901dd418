namespace Virtualization;

/// <content>How it is made.</content>
public sealed partial class VirtualMachineConfig
{
    /// <summary>Collects what a VM is made of; each setter returns the builder itself.</summary>
    public sealed class Builder
    {
        private readonly string _packageName;
        private readonly List<string> _extraApks = [];
        private string? _apkPath;
        private string? _payloadBinaryName;
        private string? _payloadConfigPath;
        private string? _vendorDiskImage;
        private string _os = Aidl.VirtualMachineAppConfig.DefaultOsName;
        private DebugLevel _debugLevel;
        private CpuTopology _cpuTopology;
        private bool? _protectedVm;
        private bool _vmOutputCaptured;
        private bool _vmConsoleInputSupported;
        private bool _connectVmConsole;
        private long _memoryBytes;
        private long _encryptedStorageBytes;

        /// <summary>Makes an empty builder.</summary>
        /// <param name="packageName">The name of the package that the VM belongs to, as AVF takes it from the app's context; empty for none.</param>
        public Builder(string packageName = "")
        {
            ArgumentNullException.ThrowIfNull(packageName);
            _packageName = packageName;
        }

        /// <summary>The APK that holds the payload; mandatory.</summary>
        /// <exception cref="ArgumentException">The path is not absolute.</exception>
        public Builder SetApkPath(string apkPath)
        {
            _apkPath = Absolute(apkPath, "the APK's path");
            return this;
        }

        /// <summary>The payload's file name in the APK's directory of native code; this or <see cref="SetPayloadConfigPath"/> is mandatory.</summary>
        /// <exception cref="ArgumentException">It is a path.</exception>
        public Builder SetPayloadBinaryName(string payloadBinaryName)
        {
            ArgumentException.ThrowIfNullOrEmpty(payloadBinaryName);
            if (payloadBinaryName.Contains('/', StringComparison.Ordinal))
            {
                throw new ArgumentException($"'{payloadBinaryName}' is a path; a payload's binary is named by its file name alone", nameof(payloadBinaryName));
            }

            _payloadBinaryName = payloadBinaryName;
            return this;
        }

        /// <summary>The path of a payload configuration in the APK, such as <c>assets/vm_config.json</c>. Needs the right to make custom VMs.</summary>
        public Builder SetPayloadConfigPath(string payloadConfigPath)
        {
            ArgumentException.ThrowIfNullOrEmpty(payloadConfigPath);
            _payloadConfigPath = payloadConfigPath;
            return this;
        }

        /// <summary>Adds an APK whose content the payload finds in <c>/mnt/extra-apk/N</c>. Needs the right to make custom VMs.</summary>
        /// <exception cref="ArgumentException">The path is not absolute.</exception>
        public Builder AddExtraApk(string apkPath)
        {
            _extraApks.Add(Absolute(apkPath, "an extra APK's path"));
            return this;
        }

        /// <summary>The operating system that runs the payload; <c>microdroid</c> unless it is set.</summary>
        public Builder SetOs(string os)
        {
            ArgumentException.ThrowIfNullOrEmpty(os);
            _os = os;
            return this;
        }

        /// <summary>Whether the host cannot read the VM's memory; mandatory, for it decides what the VM's secrets are worth.</summary>
        public Builder SetProtectedVm(bool protectedVm)
        {
            _protectedVm = protectedVm;
            return this;
        }

        /// <summary>What may be seen of the VM from outside; nothing unless it is set.</summary>
        /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
        public Builder SetDebugLevel(DebugLevel debugLevel)
        {
            _debugLevel = Defined(debugLevel);
            return this;
        }

        /// <summary>The memory in bytes, rounded up to whole MiB; the operating system's default unless it is set.</summary>
        /// <exception cref="ArgumentOutOfRangeException">It is not positive, or 2 PiB or more.</exception>
        public Builder SetMemoryBytes(long memoryBytes)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(memoryBytes);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(memoryBytes, (long)int.MaxValue << 20);
            _memoryBytes = memoryBytes;
            return this;
        }

        /// <summary>How many processors the VM has; one unless it is set.</summary>
        /// <exception cref="ArgumentOutOfRangeException">There is no such topology.</exception>
        public Builder SetCpuTopology(CpuTopology cpuTopology)
        {
            _cpuTopology = Defined(cpuTopology);
            return this;
        }

        /// <summary>The size of the encrypted storage in bytes; none unless it is set. It can never be changed.</summary>
        /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
        public Builder SetEncryptedStorageBytes(long encryptedStorageBytes)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(encryptedStorageBytes);
            _encryptedStorageBytes = encryptedStorageBytes;
            return this;
        }

        /// <summary>Whether this process reads console and log; needs <see cref="DebugLevel.Full"/>.</summary>
        public Builder SetVmOutputCaptured(bool captured)
        {
            _vmOutputCaptured = captured;
            return this;
        }

        /// <summary>Whether this process writes to the console; needs <see cref="DebugLevel.Full"/>.</summary>
        public Builder SetVmConsoleInputSupported(bool supported)
        {
            _vmConsoleInputSupported = supported;
            return this;
        }

        /// <summary>Whether the console has a terminal that <c>vm console</c> opens; needs <see cref="DebugLevel.Full"/>.</summary>
        public Builder SetConnectVmConsole(bool connect)
        {
            _connectVmConsole = connect;
            return this;
        }

        /// <summary>A disk image with modules of a vendor. Needs the right to make custom VMs. The service of this project refuses it: its guest has no vendor partition.</summary>
        /// <exception cref="ArgumentException">The path is not absolute.</exception>
        public Builder SetVendorDiskImage(string path)
        {
            _vendorDiskImage = Absolute(path, "the vendor image's path");
            return this;
        }

        /// <summary>The configuration.</summary>
        /// <exception cref="InvalidOperationException">Something mandatory is missing, or two settings exclude each other.</exception>
        public VirtualMachineConfig Build()
        {
            if (_apkPath is null)
            {
                throw new InvalidOperationException($"{nameof(SetApkPath)} must be called");
            }

            if (_payloadBinaryName is null && _payloadConfigPath is null)
            {
                throw new InvalidOperationException($"{nameof(SetPayloadBinaryName)} must be called");
            }

            if (_payloadBinaryName is not null && _payloadConfigPath is not null)
            {
                throw new InvalidOperationException($"{nameof(SetPayloadBinaryName)} and {nameof(SetPayloadConfigPath)} may not both be called");
            }

            if (_payloadConfigPath is not null && _extraApks.Count > 0)
            {
                throw new InvalidOperationException($"{nameof(SetPayloadConfigPath)} and {nameof(AddExtraApk)} may not both be called");
            }

            RequireFullDebug(_vmOutputCaptured, "capture output");
            RequireFullDebug(_vmConsoleInputSupported, "use console input");
            RequireFullDebug(_connectVmConsole, "connect the console");
            if (_connectVmConsole && (_vmOutputCaptured || _vmConsoleInputSupported))
            {
                throw new InvalidOperationException("a console that has a terminal is neither captured nor written to by this process");
            }

            return new VirtualMachineConfig
            {
                ApkPath = _apkPath,
                PackageName = _packageName,
                ExtraApks = [.. _extraApks],
                PayloadBinaryName = _payloadBinaryName,
                PayloadConfigPath = _payloadConfigPath,
                Os = _os,
                DebugLevel = _debugLevel,
                ProtectedVm = _protectedVm ?? throw new InvalidOperationException("protectedVm must be set explicitly"),
                MemoryBytes = _memoryBytes,
                CpuTopology = _cpuTopology,
                EncryptedStorageBytes = _encryptedStorageBytes,
                VmOutputCaptured = _vmOutputCaptured,
                VmConsoleInputSupported = _vmConsoleInputSupported,
                ConnectVmConsole = _connectVmConsole,
                VendorDiskImage = _vendorDiskImage,
            };
        }

        private static string Absolute(string path, string what)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
            return Path.IsPathRooted(path) ? path : throw new ArgumentException($"{what} must be absolute: '{path}'", nameof(path));
        }

        private static T Defined<T>(T value)
            where T : struct, Enum =>
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"there is no such {typeof(T).Name}");

        private void RequireFullDebug(bool asked, string what)
        {
            if (asked && _debugLevel != DebugLevel.Full)
            {
                throw new InvalidOperationException($"debug level must be FULL to {what}");
            }
        }
    }
}
