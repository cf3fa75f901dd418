/* What libvm_payload has of libbinder_ndk's <android/binder_parcel.h>: names and meaning are Android's. */
#pragma once

#include <android/binder_status.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct AIBinder;

/* Values in the order in which they are written and read. */
struct AParcel;
typedef struct AParcel AParcel;

/* A parcel of one's own cannot hold binders; those of calls can. */
AParcel* AParcel_create(void) __attribute__((warn_unused_result));
void AParcel_delete(AParcel* parcel);
int32_t AParcel_getDataSize(const AParcel* parcel);
int32_t AParcel_getDataPosition(const AParcel* parcel);

/* Makes room for a string with its final zero, or is told of null by a length of -1; false refuses. */
typedef bool (*AParcel_stringAllocator)(void* stringData, int32_t length, char** buffer);

/* Makes room for an array, or is told of null by a length of -1; false refuses. */
typedef bool (*AParcel_byteArrayAllocator)(void* arrayData, int32_t length, int8_t** outBuffer);

binder_status_t AParcel_writeInt32(AParcel* parcel, int32_t value);
binder_status_t AParcel_writeUint32(AParcel* parcel, uint32_t value);
binder_status_t AParcel_writeInt64(AParcel* parcel, int64_t value);
binder_status_t AParcel_writeUint64(AParcel* parcel, uint64_t value);
binder_status_t AParcel_writeDouble(AParcel* parcel, double value);
binder_status_t AParcel_writeBool(AParcel* parcel, bool value);
binder_status_t AParcel_writeByte(AParcel* parcel, int8_t value);

/* UTF-8 of length bytes; NULL with length -1 is null. */
binder_status_t AParcel_writeString(AParcel* parcel, const char* string, int32_t length);

/* NULL with length -1 is null. */
binder_status_t AParcel_writeByteArray(AParcel* parcel, const int8_t* arrayData, int32_t length);
binder_status_t AParcel_writeStrongBinder(AParcel* parcel, struct AIBinder* binder);

/* What a reply begins with. A status of a failed transaction is not written; it is returned, to be returned by onTransact. */
binder_status_t AParcel_writeStatusHeader(AParcel* parcel, const AStatus* status);

binder_status_t AParcel_readInt32(const AParcel* parcel, int32_t* value);
binder_status_t AParcel_readUint32(const AParcel* parcel, uint32_t* value);
binder_status_t AParcel_readInt64(const AParcel* parcel, int64_t* value);
binder_status_t AParcel_readUint64(const AParcel* parcel, uint64_t* value);
binder_status_t AParcel_readDouble(const AParcel* parcel, double* value);
binder_status_t AParcel_readBool(const AParcel* parcel, bool* value);
binder_status_t AParcel_readByte(const AParcel* parcel, int8_t* value);
binder_status_t AParcel_readString(const AParcel* parcel, void* stringData, AParcel_stringAllocator allocator);
binder_status_t AParcel_readByteArray(const AParcel* parcel, void* arrayData, AParcel_byteArrayAllocator allocator);

/* The caller gives the binder back with AIBinder_decStrong; NULL for null. */
binder_status_t AParcel_readStrongBinder(const AParcel* parcel, struct AIBinder** binder);

/* The status is the caller's to delete. */
binder_status_t AParcel_readStatusHeader(const AParcel* parcel, AStatus** status);

#ifdef __cplusplus
}
#endif
