using BootLoader.Sources;
using BootLoader.Zip;

namespace BootLoader.Apk;

/// <summary>
/// Makes a signed APK of files. ELF files are stored, at multiples of 4096 bytes, so that they are read in place; everything else is deflated.
/// The order is that of the names and no times go into it: the same files and the same RSA key give the same APK.
/// </summary>
public sealed class ApkBuilder
{
    /// <summary>What the place of a stored file's bytes is a multiple of.</summary>
    public const int Alignment = 4096;

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly AndroidManifest _manifest;
    private readonly SortedDictionary<string, (Func<RandomAccessSource> Open, bool? Compress, bool IsExecutable)> _entries = new(StringComparer.Ordinal);

    /// <summary>Begins an APK.</summary>
    /// <param name="package">The application's name, such as <c>com.example.payload</c>.</param>
    /// <param name="versionCode">Its version; versionCodeMajor in the upper 32 bits.</param>
    /// <exception cref="ApkException">The name cannot be one.</exception>
    public ApkBuilder(string package, ulong versionCode = 1)
        : this(new AndroidManifest { Package = package, VersionCode = versionCode })
    {
    }

    /// <summary>Begins an APK.</summary>
    /// <param name="manifest">What its manifest says.</param>
    /// <exception cref="ApkException">The package's name cannot be one.</exception>
    public ApkBuilder(AndroidManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        _manifest = AndroidManifest.PackageFault(manifest.Package) is { } fault ? throw new ApkException(fault) : manifest;
    }

    /// <summary>Adds a file.</summary>
    /// <param name="name">Its path in the APK, such as <c>lib/arm64-v8a/libpayload.so</c>.</param>
    /// <param name="content">Its bytes; open until <see cref="Build"/> has ended, and then closed.</param>
    /// <param name="compress">Whether it is deflated; null to decide by the content.</param>
    /// <param name="isExecutable">Whether the guest may execute it.</param>
    /// <exception cref="ApkException">The name cannot be one, or is there already.</exception>
    public ApkBuilder Add(string name, RandomAccessSource content, bool? compress = null, bool isExecutable = false)
    {
        ArgumentNullException.ThrowIfNull(content);
        Add(name, () => content, compress, isExecutable);
        return this;
    }

    /// <summary>Adds all files of a directory and of those below it, under their relative paths. Files that somebody may execute stay so.</summary>
    /// <param name="directory">The directory.</param>
    /// <exception cref="ApkException">There is something else than files and directories, or a name cannot be one.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public ApkBuilder AddDirectory(string directory)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };
        foreach (FileSystemInfo found in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", all))
        {
            string name = Path.GetRelativePath(directory, found.FullName);
            if (found.LinkTarget is not null || (found.Attributes & FileAttributes.Device) != 0)
            {
                throw new ApkException($"{found.FullName} is neither a file nor a directory: an APK has nothing else");
            }

            if (found is FileInfo file)
            {
                string path = file.FullName;
                Add(name, () => FileSource.Open(path), null, (file.UnixFileMode & Executable) != 0);
            }
        }

        return this;
    }

    /// <summary>Writes the APK and signs it.</summary>
    /// <param name="output">An empty file, readable, writable and seekable.</param>
    /// <param name="key">The signer.</param>
    /// <exception cref="ApkException">It becomes too large.</exception>
    /// <exception cref="IOException">A file could not be read, or the output not written.</exception>
    public void Build(Stream output, ApkSigningKey key)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfNotEqual(output.Length, 0, nameof(output));
        try
        {
            var archive = new ZipArchiveWriter(output);
            using (var manifest = new MemorySource(_manifest.ToBytes()))
            {
                archive.Add(AndroidManifest.EntryName, manifest, ZipMethod.Deflated);
            }

            foreach ((string name, (Func<RandomAccessSource> open, bool? compress, bool isExecutable)) in _entries)
            {
                using RandomAccessSource content = open();
                ZipMethod method = compress ?? !IsElf(content) ? ZipMethod.Deflated : ZipMethod.Stored;
                uint mode = isExecutable ? ZipArchiveWriter.ExecutableFile : ZipArchiveWriter.RegularFile;
                archive.Add(name, content, method, method == ZipMethod.Stored ? Alignment : 1, mode);
            }

            archive.Finish();
        }
        catch (ZipException failure)
        {
            throw new ApkException(failure.Message, failure);
        }

        ApkSigner.SignInPlace(output, key);
    }

    private void Add(string name, Func<RandomAccessSource> open, bool? compress, bool isExecutable)
    {
        if (name == AndroidManifest.EntryName)
        {
            throw new ApkException($"{AndroidManifest.EntryName} is made from the package's name and version: leave it out");
        }

        if (ZipName.Fault(name) is { } fault)
        {
            throw new ApkException($"the file '{ZipName.Shown(name)}' {fault}");
        }

        if (!_entries.TryAdd(name, (open, compress, isExecutable)))
        {
            throw new ApkException($"two files have the name '{ZipName.Shown(name)}'");
        }
    }

    private static bool IsElf(RandomAccessSource content)
    {
        Span<byte> magic = stackalloc byte[4];
        if (content.Length < magic.Length)
        {
            return false;
        }

        content.ReadExactly(0, magic);
        return magic.SequenceEqual("\u007fELF"u8);
    }
}
