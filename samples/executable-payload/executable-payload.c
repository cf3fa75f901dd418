/*
 * A payload that is a program. It needs nothing of the library but the ready call; without that, the host is not told that it is ready.
 * With --exit N as its argument it ends with N at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vm_payload.h>

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("an executable payload runs, with the APK at %s\n", AVmPayload_getApkContentsPath());
    AVmPayload_notifyPayloadReady();
    if (argc == 3 && strcmp(argv[1], "--exit") == 0) {
        return atoi(argv[2]);
    }

    return EXIT_SUCCESS;
}
