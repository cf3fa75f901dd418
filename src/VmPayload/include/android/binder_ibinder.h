/* What libvm_payload has of libbinder_ndk's <android/binder_ibinder.h>: names, values and meaning are Android's. */
#pragma once

#include <android/binder_parcel.h>
#include <android/binder_status.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t binder_flags_t;
enum { FLAG_ONEWAY = 0x01 /* the caller does not wait; calls of one object keep their order */ };

/* Which method; AIDL counts from 1. */
typedef uint32_t transaction_code_t;
enum { FIRST_CALL_TRANSACTION = 0x00000001, LAST_CALL_TRANSACTION = 0x00ffffff };

/* What the objects of an interface have in common; never freed. */
struct AIBinder_Class;
typedef struct AIBinder_Class AIBinder_Class;

/* An object of this process or of the peer's, counted: who has it gives it back with AIBinder_decStrong. */
struct AIBinder;
typedef struct AIBinder AIBinder;

/* Makes the user data of a new object from AIBinder_new's args. */
typedef void* (*AIBinder_Class_onCreate)(void* args);

/* Frees it when nobody has the object any more. */
typedef void (*AIBinder_Class_onDestroy)(void* userData);

/*
 * Answers a call. The interface's token was compared and is passed already. A method's own failure is a status header in out and STATUS_OK.
 * Both parcels are the library's. May run on several threads at once.
 */
typedef binder_status_t (*AIBinder_Class_onTransact)(AIBinder* binder, transaction_code_t code, const AParcel* in, AParcel* out);

/* interfaceDescriptor is the interface's full name, which is copied. None of the four may be NULL. */
AIBinder_Class* AIBinder_Class_define(const char* interfaceDescriptor, AIBinder_Class_onCreate onCreate, AIBinder_Class_onDestroy onDestroy,
        AIBinder_Class_onTransact onTransact) __attribute__((warn_unused_result));
const char* AIBinder_Class_getDescriptor(const AIBinder_Class* clazz);

/* An object with one reference, the caller's. */
AIBinder* AIBinder_new(const AIBinder_Class* clazz, void* args) __attribute__((warn_unused_result));

bool AIBinder_isRemote(const AIBinder* binder);

/* Whether the peer was there when it was last heard of. */
bool AIBinder_isAlive(const AIBinder* binder);
binder_status_t AIBinder_ping(AIBinder* binder);

void AIBinder_incStrong(AIBinder* binder);
void AIBinder_decStrong(AIBinder* binder);

/* Says what the object is thought to be; true when it is, which a remote one is asked. Needed before it is called. */
bool AIBinder_associateClass(AIBinder* binder, const AIBinder_Class* clazz);
const AIBinder_Class* AIBinder_getClass(AIBinder* binder);

/* What onCreate returned; NULL for a remote object. */
void* AIBinder_getUserData(AIBinder* binder);

/* A parcel for a call, which begins with the interface's token. */
binder_status_t AIBinder_prepareTransaction(AIBinder* binder, AParcel** in);

/*
 * Calls. *in is taken and set to NULL, whatever the result; *out is the caller's when the result is STATUS_OK, otherwise NULL. A message has at most
 * 100,000 bytes.
 */
binder_status_t AIBinder_transact(AIBinder* binder, transaction_code_t code, AParcel** in, AParcel** out, binder_flags_t flags);

#ifdef __cplusplus
}
#endif
