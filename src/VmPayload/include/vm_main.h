/*
 * The payload's side of the contract between the guest's launcher and a payload that is a shared library.
 * Names and meaning are those of Android's Virtualization Framework (vm_main.h).
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Exported by the payload. The launcher calls it once, on the process' first thread, when the guest is ready for the payload. What it returns is the
 * exit code that the host is told with onPayloadFinished; the VM ends after it.
 */
int AVmPayload_main(void);

#ifdef __cplusplus
}
#endif
