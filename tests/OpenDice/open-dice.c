// What a guest's programs get of the secrets that its firmware handed over, through Linux's driver for them (drivers/misc/open-dice.c).
//
// open-dice size     prints the bytes of the region
// open-dice show     writes the region to standard output
// open-dice wipe     overwrites the secrets for everybody, until the next boot; then checks that a mapping from before sees zeros
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	const char *command = argc == 2 ? argv[1] : "";
	int fd = open("/dev/open-dice0", O_RDWR);
	if (fd < 0)
		return fail("open");
	// The driver answers a read with the region's size.
	unsigned long size;
	if (read(fd, &size, sizeof(size)) != sizeof(size))
		return fail("read");
	const volatile unsigned char *region = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (region == MAP_FAILED)
		return fail("mmap");
	if (!strcmp(command, "size")) {
		printf("%lu\n", size);
	} else if (!strcmp(command, "show")) {
		for (unsigned long i = 0; i < size; i++)
			putchar(region[i]);
	} else if (!strcmp(command, "wipe")) {
		if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED) {
			fputs("the region can be written to\n", stderr);
			return 1;
		}
		if (write(fd, "", 1) < 0)
			return fail("write");
		for (unsigned long i = 0; i < size; i++)
			if (region[i]) {
				fputs("the region still has secrets\n", stderr);
				return 1;
			}
	} else {
		fputs("usage: open-dice size|show|wipe\n", stderr);
		return 2;
	}
	return fflush(stdout) ? fail("write") : 0;
}
