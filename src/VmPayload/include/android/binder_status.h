/* What libvm_payload has of libbinder_ndk's <android/binder_status.h>: names, values and meaning are Android's. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What became of a transaction: negated errno values and numbers of Android's own. */
enum {
    STATUS_OK = 0,
    STATUS_UNKNOWN_ERROR = INT32_MIN,
    STATUS_NO_MEMORY = -ENOMEM,
    STATUS_INVALID_OPERATION = -ENOSYS,
    STATUS_BAD_VALUE = -EINVAL,
    STATUS_BAD_TYPE = INT32_MIN + 1,
    STATUS_NAME_NOT_FOUND = -ENOENT,
    STATUS_PERMISSION_DENIED = -EPERM,
    STATUS_NO_INIT = -ENODEV,
    STATUS_ALREADY_EXISTS = -EEXIST,
    STATUS_DEAD_OBJECT = -EPIPE,
    STATUS_FAILED_TRANSACTION = INT32_MIN + 2,
    STATUS_BAD_INDEX = -EOVERFLOW,
    STATUS_NOT_ENOUGH_DATA = -ENODATA,
    STATUS_WOULD_BLOCK = -EWOULDBLOCK,
    STATUS_TIMED_OUT = -ETIMEDOUT,
    STATUS_UNKNOWN_TRANSACTION = -EBADMSG,
    STATUS_FDS_NOT_ALLOWED = INT32_MIN + 7,
    STATUS_UNEXPECTED_NULL = INT32_MIN + 8
};
typedef int32_t binder_status_t;

/* What a method says of its failure. */
enum {
    EX_NONE = 0,
    EX_SECURITY = -1,
    EX_BAD_PARCELABLE = -2,
    EX_ILLEGAL_ARGUMENT = -3,
    EX_NULL_POINTER = -4,
    EX_ILLEGAL_STATE = -5,
    EX_NETWORK_MAIN_THREAD = -6,
    EX_UNSUPPORTED_OPERATION = -7,
    EX_SERVICE_SPECIFIC = -8,
    EX_PARCELABLE = -9,
    EX_TRANSACTION_FAILED = -129
};
typedef int32_t binder_exception_t;

/* How a method went; each is deleted with AStatus_delete. */
struct AStatus;
typedef struct AStatus AStatus;

AStatus* AStatus_newOk(void) __attribute__((warn_unused_result));
AStatus* AStatus_fromExceptionCode(binder_exception_t exception) __attribute__((warn_unused_result));
AStatus* AStatus_fromExceptionCodeWithMessage(binder_exception_t exception, const char* message) __attribute__((warn_unused_result));
AStatus* AStatus_fromServiceSpecificError(int32_t serviceSpecific) __attribute__((warn_unused_result));
AStatus* AStatus_fromServiceSpecificErrorWithMessage(int32_t serviceSpecific, const char* message) __attribute__((warn_unused_result));
AStatus* AStatus_fromStatus(binder_status_t status) __attribute__((warn_unused_result));

bool AStatus_isOk(const AStatus* status);
binder_exception_t AStatus_getExceptionCode(const AStatus* status);

/* The service's own number with EX_SERVICE_SPECIFIC, otherwise 0. */
int32_t AStatus_getServiceSpecificError(const AStatus* status);

/* Why the transaction failed with EX_TRANSACTION_FAILED, otherwise STATUS_OK. */
binder_status_t AStatus_getStatus(const AStatus* status);

/* For people; never NULL, and valid as long as the status is. */
const char* AStatus_getMessage(const AStatus* status);

void AStatus_delete(AStatus* status);

#ifdef __cplusplus
}
#endif
