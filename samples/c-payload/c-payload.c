/* A payload that serves the host. README.md has its interface. */
#include <android/binder_ibinder.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vm_main.h>
#include <vm_payload.h>

#define DESCRIPTOR "vmm.samples.IPayload"
#define SECRET_SIZE 32
#define MAX_FILE 65536

enum { PORT = 5678 };

enum {
    ECHO = FIRST_CALL_TRANSACTION,
    ADD,
    SECRET,
    READ_FILE,
    WRITE_FILE,
    BOOTS,
    CALLBACK,
    NOTE,
    NOTES,
    EXIT,
    IS_NEW_INSTANCE
};

struct bytes {
    int8_t* data;
    int32_t length;
};

static const AIBinder_Class* payload_class;
static int32_t boots;
static pthread_mutex_t notes_lock = PTHREAD_MUTEX_INITIALIZER;
static int32_t notes;
static bool notes_disordered;

static bool allocate_bytes(void* array, int32_t length, int8_t** buffer) {
    struct bytes* bytes = array;
    bytes->length = length;
    bytes->data = length < 0 ? NULL : malloc(length > 0 ? (size_t)length : 1);
    *buffer = bytes->data;
    return bytes->data != NULL;
}

static bool allocate_string(void* data, int32_t length, char** buffer) {
    char** string = data;
    *string = length < 0 ? NULL : malloc((size_t)length);
    *buffer = *string;
    return *string != NULL;
}

// An empty reply of a method that went well, or the error it failed with.
static binder_status_t reply_status(AParcel* out, int error) {
    AStatus* status = error == 0 ? AStatus_newOk() : AStatus_fromServiceSpecificErrorWithMessage(error, strerror(error));
    binder_status_t written = AParcel_writeStatusHeader(out, status);
    AStatus_delete(status);
    return written;
}

static binder_status_t reply_bytes(AParcel* out, const void* bytes, int32_t length) {
    binder_status_t status = reply_status(out, 0);
    return status != STATUS_OK ? status : AParcel_writeByteArray(out, bytes, length);
}

static binder_status_t reply_int(AParcel* out, int32_t value) {
    binder_status_t status = reply_status(out, 0);
    return status != STATUS_OK ? status : AParcel_writeInt32(out, value);
}

// The path of a file directly in the encrypted storage. Returns an errno.
static int store_path(const char* name, char* path, size_t size) {
    const char* store = AVmPayload_getEncryptedStoragePath();
    if (store == NULL) {
        return ENODEV;
    }
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL) {
        return EINVAL;
    }
    return (size_t)snprintf(path, size, "%s/%s", store, name) < size ? 0 : ENAMETOOLONG;
}

static int read_store(const char* name, void* content, size_t room, size_t* length) {
    char path[PATH_MAX];
    int error = store_path(name, path, sizeof(path));
    if (error != 0) {
        return error;
    }
    FILE* file = fopen(path, "rbe");
    if (file == NULL) {
        return errno;
    }
    *length = fread(content, 1, room, file);
    error = ferror(file) ? EIO : fgetc(file) != EOF ? EFBIG : 0;
    fclose(file);
    return error;
}

// The file is whole on the disk when this returns.
static int write_store(const char* name, const void* content, size_t length) {
    char path[PATH_MAX];
    int error = store_path(name, path, sizeof(path));
    if (error != 0) {
        return error;
    }
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return errno;
    }
    for (size_t written = 0; written < length;) {
        ssize_t now = write(file, (const char*)content + written, length - written);
        if (now < 0 && errno != EINTR) {
            error = errno;
            break;
        }
        written += now < 0 ? 0 : (size_t)now;
    }
    if (error == 0 && fsync(file) != 0) {
        error = errno;
    }
    close(file);
    return error;
}

static binder_status_t on_echo(const AParcel* in, AParcel* out) {
    struct bytes bytes = {NULL, 0};
    binder_status_t status = AParcel_readByteArray(in, &bytes, allocate_bytes);
    if (status == STATUS_OK) {
        status = reply_bytes(out, bytes.data, bytes.length);
    }
    free(bytes.data);
    return status;
}

static binder_status_t on_secret(const AParcel* in, AParcel* out) {
    struct bytes identifier = {NULL, 0};
    binder_status_t status = AParcel_readByteArray(in, &identifier, allocate_bytes);
    if (status == STATUS_OK) {
        uint8_t secret[SECRET_SIZE];
        AVmPayload_getVmInstanceSecret(identifier.data, (size_t)identifier.length, secret, sizeof(secret));
        status = reply_bytes(out, secret, sizeof(secret));
        explicit_bzero(secret, sizeof(secret));
    }
    free(identifier.data);
    return status;
}

static binder_status_t on_read_file(const AParcel* in, AParcel* out) {
    char* name = NULL;
    binder_status_t status = AParcel_readString(in, &name, allocate_string);
    void* content = status == STATUS_OK ? malloc(MAX_FILE) : NULL;
    if (content != NULL) {
        size_t length = 0;
        int error = read_store(name, content, MAX_FILE, &length);
        status = error == 0 ? reply_bytes(out, content, (int32_t)length) : error == ENOENT ? reply_bytes(out, NULL, -1) : reply_status(out, error);
    } else if (status == STATUS_OK) {
        status = STATUS_NO_MEMORY;
    }
    free(content);
    free(name);
    return status;
}

static binder_status_t on_write_file(const AParcel* in, AParcel* out) {
    char* name = NULL;
    struct bytes content = {NULL, 0};
    binder_status_t status = AParcel_readString(in, &name, allocate_string);
    if (status == STATUS_OK) {
        status = AParcel_readByteArray(in, &content, allocate_bytes);
    }
    if (status == STATUS_OK) {
        status = reply_status(out, write_store(name, content.data, (size_t)content.length));
    }
    free(content.data);
    free(name);
    return status;
}

// Calls the caller's object: whether its add is right.
static binder_status_t call_add(AIBinder* binder, int32_t left, int32_t right, bool* correct) {
    AParcel* in;
    AParcel* out;
    AStatus* said;
    int32_t sum = 0;
    binder_status_t status = AIBinder_prepareTransaction(binder, &in);
    if (status != STATUS_OK) {
        return status;
    }
    if ((status = AParcel_writeInt32(in, left)) != STATUS_OK || (status = AParcel_writeInt32(in, right)) != STATUS_OK) {
        AParcel_delete(in);
        return status;
    }
    if ((status = AIBinder_transact(binder, ADD, &in, &out, 0)) != STATUS_OK) {
        return status;
    }
    if ((status = AParcel_readStatusHeader(out, &said)) == STATUS_OK) {
        if (AStatus_isOk(said)) {
            status = AParcel_readInt32(out, &sum);
        }
        *correct = AStatus_isOk(said) && sum == left + right;
        AStatus_delete(said);
    }
    AParcel_delete(out);
    return status;
}

static binder_status_t on_callback(const AParcel* in, AParcel* out) {
    AIBinder* callback = NULL;
    int32_t times;
    int32_t correct = 0;
    binder_status_t status = AParcel_readStrongBinder(in, &callback);
    if (status == STATUS_OK) {
        status = AParcel_readInt32(in, &times);
    }
    if (status == STATUS_OK && (callback == NULL || !AIBinder_associateClass(callback, payload_class))) {
        status = STATUS_BAD_TYPE;
    }
    for (int32_t i = 0; status == STATUS_OK && i < times; i++) {
        bool is_correct = false;
        status = call_add(callback, i, i, &is_correct);
        correct += is_correct ? 1 : 0;
    }
    AIBinder_decStrong(callback);
    return status == STATUS_OK ? reply_int(out, correct) : status;
}

static binder_status_t on_note(const AParcel* in) {
    int32_t number;
    binder_status_t status = AParcel_readInt32(in, &number);
    if (status == STATUS_OK) {
        pthread_mutex_lock(&notes_lock);
        notes_disordered |= number != notes;
        notes++;
        pthread_mutex_unlock(&notes_lock);
    }
    return status;
}

static binder_status_t on_notes(AParcel* out) {
    pthread_mutex_lock(&notes_lock);
    int32_t count = notes_disordered ? -notes : notes;
    pthread_mutex_unlock(&notes_lock);
    return reply_int(out, count);
}

static binder_status_t on_transact(AIBinder* binder, transaction_code_t code, const AParcel* in, AParcel* out) {
    (void)binder;
    int32_t left, right, exit_code;
    binder_status_t status;
    switch (code) {
    case ECHO:
        return on_echo(in, out);
    case ADD:
        status = AParcel_readInt32(in, &left);
        status = status == STATUS_OK ? AParcel_readInt32(in, &right) : status;
        return status == STATUS_OK ? reply_int(out, (int32_t)((uint32_t)left + (uint32_t)right)) : status;
    case SECRET:
        return on_secret(in, out);
    case READ_FILE:
        return on_read_file(in, out);
    case WRITE_FILE:
        return on_write_file(in, out);
    case BOOTS:
        return boots > 0 ? reply_int(out, boots) : reply_status(out, ENODEV);
    case CALLBACK:
        return on_callback(in, out);
    case NOTE:
        return on_note(in);
    case NOTES:
        return on_notes(out);
    case EXIT:
        status = AParcel_readInt32(in, &exit_code);
        if (status == STATUS_OK) {
            printf("ends with %d\n", exit_code);
            exit(exit_code);
        }
        return status;
    case IS_NEW_INSTANCE:
        status = reply_status(out, 0);
        return status == STATUS_OK ? AParcel_writeBool(out, AVmPayload_isNewInstance()) : status;
    default:
        return STATUS_UNKNOWN_TRANSACTION;
    }
}

static void* on_create(void* args) {
    return args;
}

static void on_destroy(void* user_data) {
    (void)user_data;
}

static void count_boot(void) {
    char text[16] = "";
    size_t length = 0;
    int error = read_store("boots", text, sizeof(text) - 1, &length);
    if (error != 0 && error != ENOENT) {
        printf("no boots are counted: %s\n", strerror(error));
        return;
    }
    boots = atoi(text) + 1;
    length = (size_t)snprintf(text, sizeof(text), "%d", boots);
    error = write_store("boots", text, length);
    if (error != 0) {
        printf("the boot is not counted: %s\n", strerror(error));
        boots = 0;
        return;
    }
    printf("boot %d of this instance\n", boots);
}

static void on_ready(void* param) {
    (void)param;
    printf("serves %s on vsock port %d\n", DESCRIPTOR, PORT);
    AVmPayload_notifyPayloadReady();
}

int AVmPayload_main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("a payload in C runs, with the APK at %s\n", AVmPayload_getApkContentsPath());
    count_boot();
    payload_class = AIBinder_Class_define(DESCRIPTOR, on_create, on_destroy, on_transact);
    AIBinder* service = payload_class == NULL ? NULL : AIBinder_new(payload_class, NULL);
    if (service == NULL) {
        fprintf(stderr, "no memory for the service\n");
        return EXIT_FAILURE;
    }
    AVmPayload_runVsockRpcServer(service, PORT, on_ready, NULL);
}
