#ifndef COFFER_CLINUX_H
#define COFFER_CLINUX_H

// Linux system calls that Swift cannot call directly, each as one function without state.

#include <stdint.h>
#include <sys/types.h>

/// Forbids core dumps and ptrace of this process (prctl PR_SET_DUMPABLE 0, RLIMIT_CORE 0). Returns 0 or errno.
int coffer_forbid_dumps(void);

/// Has the allocator overwrite memory when it is freed (mallopt M_PERTURB).
void coffer_wipe_freed_memory(void);

/// Has the allocator give pieces of a megabyte and more back to the system when they are freed. By itself it keeps up to
/// 32 MiB of them for each thread (mallopt M_MMAP_THRESHOLD).
void coffer_return_large_memory(void);

/// Whether the limit of locked memory is no limit.
int coffer_may_lock_all_memory(void);

/// Locks all memory of this process, now and later, once it is touched (mlockall MCL_ONFAULT), where the limit of locked
/// memory is no limit: beyond one, later allocations would fail. Returns whether it did.
int coffer_lock_all_memory(void);

/// Locks the pages of a piece of the allocator's memory, which lasts as long as the process. Returns 0 or errno.
int coffer_lock_piece(void *piece);

/// The user id of the process at the other end of a connected Unix socket (SO_PEERCRED), or -1.
int64_t coffer_peer_uid(int fd);

/// Marks whole pages of this range as excluded from core dumps (MADV_DONTDUMP). Returns 0 or errno.
int coffer_exclude_from_dumps(void *start, size_t length);

/// A descriptor that stands for this process and never for a later one of the same id (pidfd_open), or -1.
int coffer_pidfd_open(pid_t process);

/// Sends a signal to the process of a descriptor from `coffer_pidfd_open`. Returns 0 or errno.
int coffer_pidfd_signal(int fd, int signal);

/// Whether the file system at a path keeps its files in memory: tmpfs or ramfs (statfs(2)).
int coffer_is_in_memory(const char *path);

/// Writes all that is cached of the file system of this descriptor to its disk (syncfs). Returns 0, or -1 with errno.
int coffer_sync_file_system(int fd);

/// Whether `bytes` contains `part` (memmem).
int coffer_contains(const void *bytes, size_t count, const void *part, size_t length);

#endif
