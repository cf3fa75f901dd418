namespace BootLoader.DeviceMapper;

/// <summary>Numbers of the device mapper's control interface (linux/dm-ioctl.h), which every ioctl on /dev/mapper/control uses.</summary>
/// <remarks>
/// <code>
///   0 u32 version[3]   12 u32 data_size    16 u32 data_start   20 u32 target_count   24 s32 open_count
///  28 u32 flags        32 u32 event_nr     36 u32 padding      40 u64 dev
///  48 char name[128]  176 char uuid[129]  305 char data[7]
/// then with DM_TABLE_LOAD for each target:
///   0 u64 sector_start  8 u64 length      16 s32 status        20 u32 next           24 char target_type[16]   40 parameters, a C string
/// </code>
/// </remarks>
public static class DeviceMapperFormat
{
    /// <summary>DM_DEV_CREATE: makes a device without a table.</summary>
    public const uint DM_DEV_CREATE = 0xc138_fd03;

    /// <summary>DM_DEV_REMOVE: takes a device away that nobody has open.</summary>
    public const uint DM_DEV_REMOVE = 0xc138_fd04;

    /// <summary>DM_DEV_SUSPEND: without <see cref="DM_SUSPEND_FLAG"/> it resumes, which puts the loaded table in force.</summary>
    public const uint DM_DEV_SUSPEND = 0xc138_fd06;

    /// <summary>DM_TABLE_LOAD: loads a table beside the one in force.</summary>
    public const uint DM_TABLE_LOAD = 0xc138_fd09;

    /// <summary>The device is read only.</summary>
    public const uint DM_READONLY_FLAG = 1 << 0;

    /// <summary>Suspend, not resume.</summary>
    public const uint DM_SUSPEND_FLAG = 1 << 1;

    /// <summary>The kernel wipes its copies of the request: it holds a key.</summary>
    public const uint DM_SECURE_DATA_FLAG = 1 << 15;

    /// <summary>The version of the interface that requests are written for: 4.0.0, which every kernel with major 4 takes.</summary>
    public const uint VersionMajor = 4;

    /// <summary>Bytes of struct dm_ioctl.</summary>
    public const int HeaderSize = 312;

    /// <summary>Bytes of struct dm_target_spec, behind which the parameters stand.</summary>
    public const int TargetSize = 40;

    /// <summary>Where data_size stands: the length of the whole request.</summary>
    public const int DataSizeOffset = 12;

    /// <summary>Where data_start stands.</summary>
    public const int DataStartOffset = 16;

    /// <summary>Where target_count stands.</summary>
    public const int TargetCountOffset = 20;

    /// <summary>Where flags stands.</summary>
    public const int FlagsOffset = 28;

    /// <summary>Where dev stands: the device's number, in an answer.</summary>
    public const int DeviceOffset = 40;

    /// <summary>Where name stands.</summary>
    public const int NameOffset = 48;

    /// <summary>Bytes of a name with its NUL (DM_NAME_LEN).</summary>
    public const int NameSize = 128;

    /// <summary>Where in a target its length in sectors stands.</summary>
    public const int TargetLengthOffset = 8;

    /// <summary>Where in a target the place of the next one stands.</summary>
    public const int TargetNextOffset = 20;

    /// <summary>Where in a target its type stands.</summary>
    public const int TargetTypeOffset = 24;

    /// <summary>Bytes of a target's type with its NUL (DM_MAX_TYPE_NAME).</summary>
    public const int TargetTypeSize = 16;
}
