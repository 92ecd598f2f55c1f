#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/magic.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int coffer_forbid_dumps(void) {
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

void coffer_wipe_freed_memory(void) {
    mallopt(M_PERTURB, 0xa5);
}

void coffer_return_large_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

int coffer_may_lock_all_memory(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

int coffer_lock_all_memory(void) {
    if (!coffer_may_lock_all_memory()) return 0;
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

int coffer_lock_piece(void *piece) {
    return mlock(piece, malloc_usable_size(piece)) == 0 ? 0 : errno;
}

int64_t coffer_peer_uid(int fd) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -1;
    return (int64_t)peer.uid;
}

int coffer_exclude_from_dumps(void *start, size_t length) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = ((uintptr_t)start + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)start + length) / page * page;
    if (end <= first) return 0;
    return madvise((void *)first, end - first, MADV_DONTDUMP) == 0 ? 0 : errno;
}

int coffer_pidfd_open(pid_t process) {
    return (int)syscall(SYS_pidfd_open, process, 0);
}

int coffer_pidfd_signal(int fd, int signal) {
    return syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0 ? 0 : errno;
}

int coffer_is_in_memory(const char *path) {
    struct statfs status;
    if (statfs(path, &status) != 0) return 0;
    return status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC;
}

int coffer_contains(const void *bytes, size_t count, const void *part, size_t length) {
    return memmem(bytes, count, part, length) != NULL;
}

int coffer_sync_file_system(int fd) {
    return syncfs(fd);
}
