/*
 * The payload that does nothing but be there: `vm run-microdroid` starts it (its APK names MicrodroidEmptyPayloadJniLib.so). It says that it is ready
 * and stays until the VM is stopped.
 */
#include <stdio.h>
#include <unistd.h>
#include <vm_main.h>
#include <vm_payload.h>

int AVmPayload_main(void) {
    // Lines are to be seen when they are written, also through a pipe.
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("the empty payload runs\n");
    AVmPayload_notifyPayloadReady();
    for (;;) {
        pause();
    }
}
