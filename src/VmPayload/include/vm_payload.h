/*
 * What a payload can ask of the guest it runs in; link with libvm_payload. Names, values and meaning are those of Android's Virtualization Framework
 * (vm_payload.h, vm_payload_restricted.h). All functions may be called from any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__cplusplus)
#define VM_PAYLOAD_NORETURN [[noreturn]]
#else
#define VM_PAYLOAD_NORETURN _Noreturn
#endif

struct AIBinder;
typedef struct AIBinder AIBinder;

struct AVmAttestationResult;
typedef struct AVmAttestationResult AVmAttestationResult;

/* What became of a request for attestation. */
enum {
    ATTESTATION_OK = 0,
    ATTESTATION_ERROR_INVALID_CHALLENGE = -10001,    /* longer than 64 bytes */
    ATTESTATION_ERROR_ATTESTATION_FAILED = -10002,   /* later it may succeed */
    ATTESTATION_ERROR_UNSUPPORTED = -10003           /* there is nobody who attests; so far always */
};
typedef int32_t AVmAttestationStatus;

/* What became of an access to the secret with protection against rollback; negative, so that it is no size. */
enum {
    AVMACCESSROLLBACKPROTECTEDSECRETSTATUS_ENTRY_NOT_FOUND = -1,   /* nothing was written yet */
    AVMACCESSROLLBACKPROTECTEDSECRETSTATUS_ACCESS_FAILED = -2,     /* the service failed, or there is none; so far always */
    AVMACCESSROLLBACKPROTECTEDSECRETSTATUS_BAD_SIZE = -3           /* not 32 bytes */
};

/* Tells the host that the payload is ready (onPayloadReady). Only the first call has an effect. Aborts when the service is not reached. */
void AVmPayload_notifyPayloadReady(void);

/*
 * Serves Binder RPC on a vsock port, to the host alone, and never returns.
 *
 * service   the object that a client's session begins with; the library takes over the caller's reference
 * port      1024 to 0xffffffff
 * on_ready  called with param once the socket listens, on this thread; may be NULL. AVmPayload_notifyPayloadReady goes well here.
 *
 * A session may have up to 8 connections of the host's, each served by a thread of its own, so the object is called by several threads at once.
 * Aborts when the socket cannot listen.
 */
VM_PAYLOAD_NORETURN void AVmPayload_runVsockRpcServer(AIBinder* service, uint32_t port, void (*on_ready)(void* param), void* param);

/*
 * A secret that only this instance of this VM with this payload has, the same on each boot.
 *
 * identifier, identifier_size  which of its secrets
 * secret, size                 where it goes; at most 32 bytes
 *
 * Aborts when the size is larger or the secret cannot be had.
 */
void AVmPayload_getVmInstanceSecret(const void* identifier, size_t identifier_size, void* secret, size_t size);

/* The directory with the APK's content. The text is valid for ever. */
const char* AVmPayload_getApkContentsPath(void);

/* The directory of the encrypted storage, which the host cannot read, or NULL when the VM has none. The text is valid for ever. */
const char* AVmPayload_getEncryptedStoragePath(void);

/* Whether this is the first boot of the instance; its secrets are new then. Returns 0, or -1 when that is not known. */
int AVmPayload_isNewInstanceStatus(bool* is_new_instance);

/* The same; aborts when it is not known. */
bool AVmPayload_isNewInstance(void);

/* Keeps 32 bytes where neither the host nor an older state of the disk can replace them. Returns 32 or a status from above. */
int32_t AVmPayload_writeRollbackProtectedSecret(const void* data, size_t size);

/* Reads them back. Returns 32 or a status from above. */
int32_t AVmPayload_readRollbackProtectedSecret(void* data, size_t size);

/*
 * Asks for a key that a chain of certificates says belongs to this VM.
 *
 * challenge  at most 64 bytes, which the first certificate contains
 * result     with ATTESTATION_OK what the functions below take; otherwise NULL
 */
AVmAttestationStatus AVmPayload_requestAttestation(const void* challenge, size_t challenge_size, AVmAttestationResult** result);

/* A status in words, valid for ever. */
const char* AVmAttestationStatus_toString(AVmAttestationStatus status);

/* Frees a result; NULL is fine. */
void AVmAttestationResult_free(AVmAttestationResult* result);

/*
 * The key as DER of ECPrivateKey (P-256), its signature of a message (ECDSA with SHA-256, DER), the number of certificates and one of them (DER,
 * the first is the key's). Those with a size copy as much as there is room for and return how much there is.
 */
size_t AVmAttestationResult_getPrivateKey(const AVmAttestationResult* result, void* data, size_t size);
size_t AVmAttestationResult_sign(const AVmAttestationResult* result, const void* message, size_t message_size, void* data, size_t size);
size_t AVmAttestationResult_getCertificateCount(const AVmAttestationResult* result);
size_t AVmAttestationResult_getCertificateAt(const AVmAttestationResult* result, size_t index, void* data, size_t size);

/*
 * Restricted: only for VMs that were allowed a configuration of their own; others are ended by these. The DICE chain and the attestation CDI copy
 * as much as there is room for and return how much there is.
 */
size_t AVmPayload_getDiceAttestationChain(void* data, size_t size);
size_t AVmPayload_getDiceAttestationCdi(void* data, size_t size);
AVmAttestationStatus AVmPayload_requestAttestationForTesting(const void* challenge, size_t challenge_size, AVmAttestationResult** result);

#ifdef __cplusplus
}
#endif
