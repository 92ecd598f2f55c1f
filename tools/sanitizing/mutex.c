// Tells the thread sanitizer what the slow path of Swift's `Mutex` does. That path lies in libswiftSynchronization,
// which is not built with the sanitizer: without this, each lock that two threads wait for is reported as a race. The
// fast path is compiled into our own code, so the sanitizer sees it by itself.
//
// `tools/test sanitize` builds it with clang -shared and preloads it. The two functions replace those of the library, and
// call them. `self` is the lock's word: the fast path and these calls tell of the same address.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// The sanitizer's runtime, in programs that are built with it.
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

// Synchronization._MutexHandle._lockSlow(UInt32) and ._unlockSlow()
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef SWIFT void (*LockSlow)(uint32_t, SELF);
typedef SWIFT void (*UnlockSlow)(SELF);

static void *library(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFT void lock_slow(uint32_t thread, SELF) {
    static LockSlow original;
    LockSlow call = __atomic_load_n(&original, __ATOMIC_RELAXED);
    if (!call) {
        call = (LockSlow)library(LOCK_SLOW);
        __atomic_store_n(&original, call, __ATOMIC_RELAXED);
    }
    call(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT void unlock_slow(SELF) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(SELF) {
    static UnlockSlow original;
    UnlockSlow call = __atomic_load_n(&original, __ATOMIC_RELAXED);
    if (!call) {
        call = (UnlockSlow)library(UNLOCK_SLOW);
        __atomic_store_n(&original, call, __ATOMIC_RELAXED);
    }
    if (__tsan_release) __tsan_release(self);
    call(self);
}
