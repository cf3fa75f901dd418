// The smallest loop around KVM_RUN that serves a guest's MMIO: what vmm's own exit path is measured against.
// exits GUEST.img SAMPLES: runs tests/Guests/exits.S and writes the guest's samples (u32 counter ticks) to SAMPLES.
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM 0x80000000ul
#define RAM_SIZE (16ul << 20)
#define SAMPLES 0x400000
#define DONE 0x0a000008ul

static int check(int result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: exits GUEST.img SAMPLES");
	int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	char *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ram == MAP_FAILED)
		err(1, "mmap");
	int image = check(open(argv[1], O_RDONLY), argv[1]);
	check(read(image, ram, SAMPLES), argv[1]);
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = RAM, .memory_size = RAM_SIZE, .userspace_addr = (uintptr_t)ram };
	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	int vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	struct kvm_vcpu_init init;
	check(ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init), "KVM_ARM_PREFERRED_TARGET");
	init.features[0] = 1u << KVM_ARM_VCPU_PSCI_0_2;
	check(ioctl(vcpu, KVM_ARM_VCPU_INIT, &init), "KVM_ARM_VCPU_INIT");
	uint64_t pc = RAM;
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (offsetof(struct kvm_regs, regs.pc) / 4),
		.addr = (uintptr_t)&pc };
	check(ioctl(vcpu, KVM_SET_ONE_REG, &reg), "KVM_SET_ONE_REG");
	struct kvm_run *run = mmap(NULL, check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE"),
		PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		err(1, "mmap vcpu");
	for (;;) {
		check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
		if (run->exit_reason == KVM_EXIT_SYSTEM_EVENT)
			errx(1, "the guest ended without its samples");
		if (run->exit_reason != KVM_EXIT_MMIO)
			errx(1, "exit reason %u", run->exit_reason);
		if (run->mmio.is_write && run->mmio.phys_addr == DONE)
			break;
		memset(run->mmio.data, 0, sizeof run->mmio.data);
	}
	uint64_t count;
	memcpy(&count, run->mmio.data, sizeof count);
	int out = check(open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644), argv[2]);
	if (write(out, ram + SAMPLES, count * 4) != (ssize_t)(count * 4))
		err(1, "%s", argv[2]);
	return 0;
}
