/* Preloaded under a payload where there is no vsock: its server listens on the Unix socket /run/vsock, and every client is the host. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>
#include <sys/un.h>

int socket(int domain, int type, int protocol) {
    int (*next)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
    return next(domain == AF_VSOCK ? AF_UNIX : domain, type, protocol);
}

int bind(int socket, const struct sockaddr* address, socklen_t length) {
    int (*next)(int, const struct sockaddr*, socklen_t) = (int (*)(int, const struct sockaddr*, socklen_t))dlsym(RTLD_NEXT, "bind");
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/run/vsock"};
    return address->sa_family == AF_VSOCK ? next(socket, (struct sockaddr*)&path, sizeof(path)) : next(socket, address, length);
}

int accept4(int socket, struct sockaddr* address, socklen_t* length, int flags) {
    int (*next)(int, struct sockaddr*, socklen_t*, int) = (int (*)(int, struct sockaddr*, socklen_t*, int))dlsym(RTLD_NEXT, "accept4");
    int accepted = next(socket, NULL, NULL, flags);
    struct sockaddr_vm host = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST};
    memcpy(address, &host, sizeof(host));
    *length = sizeof(host);
    return accepted;
}
