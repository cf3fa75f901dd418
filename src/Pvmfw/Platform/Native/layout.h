// Where the firmware lies (crosvm, aarch64/src/lib.rs: the protected VM firmware's 4 MiB below RAM). For start.S and firmware.ld; FirmwareLayout.cs has the same.
#define IMAGE_ADDRESS    0x7fc00000
#define IMAGE_SIZE       0x200000
#define SCRATCH_ADDRESS  0x7fe00000
#define SCRATCH_SIZE     0x200000
#define HANDOVER_ADDRESS 0x7ffff000     // the last page: it outlives the firmware
#define STACK_SIZE       0xc000
#define FAULT_STACK_SIZE 0x1000
#define FAILURE_UART     0x2f8
