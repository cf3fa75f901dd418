using BootLoader.DeviceMapper;

namespace BootLoader.Tests.DeviceMapper;

/// <summary>Requests, byte by byte against those that C makes of the kernel's own header (linux/dm-ioctl.h).</summary>
public sealed class DeviceMapperHeaderTests
{
    private const string Program = """
        #include <linux/dm-ioctl.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/ioctl.h>

        static char buffer[4096] __attribute__((aligned(8)));
        static struct dm_ioctl *io = (struct dm_ioctl *)buffer;

        static void begin(const char *name, unsigned flags)
        {
            memset(buffer, 0, sizeof buffer);
            io->version[0] = DM_VERSION_MAJOR;
            io->data_size = io->data_start = sizeof *io;
            io->flags = flags;
            strcpy(io->name, name);
        }

        static void add(unsigned long long start, unsigned long long length, const char *type, const char *parameters)
        {
            struct dm_target_spec *target = (void *)(buffer + io->data_size);
            target->sector_start = start;
            target->length = length;
            strcpy(target->target_type, type);
            strcpy((char *)(target + 1), parameters);
            target->next = (sizeof *target + strlen(parameters) + 1 + 7) & ~7ul;
            io->data_size += target->next;
            io->target_count++;
        }

        static void put(unsigned request)
        {
            fwrite(&request, sizeof request, 1, stdout);
            fwrite(buffer, io->data_size, 1, stdout);
        }

        int main(void)
        {
            begin("system_a-base", DM_READONLY_FLAG);
            put(DM_DEV_CREATE);
            add(0, 0x123456789aull, "linear", "254:2 2048");
            add(0x123456789aull, 8, "linear", "254:2 12345678");
            put(DM_TABLE_LOAD);
            begin("a", DM_READONLY_FLAG | DM_SUSPEND_FLAG | DM_SECURE_DATA_FLAG);
            put(DM_DEV_SUSPEND);
            begin("a", 0);
            put(DM_DEV_REMOVE);
            return 0;
        }
        """;

    [SkippableFact]
    public void Every_byte_is_where_the_header_has_it()
    {
        string directory = Directory.CreateTempSubdirectory("dm-").FullName;
        try
        {
            string program = Path.Combine(directory, "requests");
            Tool.Filter(System.Text.Encoding.ASCII.GetBytes(Program), "gcc", "-x", "c", "-", "-o", program);
            Assert.Equal(Tool.Filter([], program), Requests());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static byte[] Requests()
    {
        var all = new List<byte>();
        byte[] request = new byte[4096];
        request.AsSpan().Fill(0xff);
        int length = DeviceMapperRequest.Format(request, "system_a-base"u8, DeviceMapperFormat.DM_READONLY_FLAG);
        Put(DeviceMapperFormat.DM_DEV_CREATE);
        length = DeviceMapperRequest.AddTarget(request, length, 0, 0x123456789a, DeviceMapperTable.Linear, "254:2 2048"u8);
        length = DeviceMapperRequest.AddTarget(request, length, 0x123456789a, 8, DeviceMapperTable.Linear, "254:2 12345678"u8);
        Put(DeviceMapperFormat.DM_TABLE_LOAD);
        const uint Flags = DeviceMapperFormat.DM_READONLY_FLAG | DeviceMapperFormat.DM_SUSPEND_FLAG | DeviceMapperFormat.DM_SECURE_DATA_FLAG;
        length = DeviceMapperRequest.Format(request, "a"u8, Flags);
        Put(DeviceMapperFormat.DM_DEV_SUSPEND);
        length = DeviceMapperRequest.Format(request, "a"u8, 0);
        Put(DeviceMapperFormat.DM_DEV_REMOVE);
        return [.. all];

        void Put(uint number) => all.AddRange([.. BitConverter.GetBytes(number), .. request[..length]]);
    }

    [Fact]
    public void A_target_that_does_not_fit_is_not_added_however_much_is_missing()
    {
        byte[] request = new byte[DeviceMapperFormat.HeaderSize + (2 * 56)];
        int length = DeviceMapperRequest.Format(request, "a"u8, 0);
        int one = DeviceMapperRequest.AddTarget(request, length, 0, 8, "linear"u8, "254:2 2048"u8);
        Assert.Equal(DeviceMapperFormat.HeaderSize + 56, one);
        for (int size = length; size < one; size++)
        {
            Assert.Equal(0, DeviceMapperRequest.AddTarget(request.AsSpan(0, size), length, 0, 8, "linear"u8, "254:2 2048"u8));
        }

        Assert.Equal(0, DeviceMapperRequest.AddTarget(request, 0, 0, 8, "linear"u8, "254:2 2048"u8));
        Assert.Equal(0, DeviceMapperRequest.AddTarget(request, request.Length + 1, 0, 8, "linear"u8, "254:2 2048"u8));
        Assert.Equal(request.Length, DeviceMapperRequest.AddTarget(request, one, 8, 8, "linear"u8, "254:2 4096"u8));
    }
}
