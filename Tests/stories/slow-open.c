/* Preloaded, it makes every open of a file whose name is 64 hex digits, as an object of a lake has, take 100 ms. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

static void wait_for_object(const char *path) {
    const char *name = strrchr(path, '/');
    if (name && strlen(name + 1) == 64 && strspn(name + 1, "0123456789abcdef") == 64)
        nanosleep(&(struct timespec){0, 100 * 1000 * 1000}, 0);
}

#define SLOW(NAME)                                                                 \
    int NAME(const char *path, int flags, ...) {                                   \
        static int (*real)(const char *, int, ...);                                \
        va_list rest;                                                              \
        va_start(rest, flags);                                                     \
        mode_t mode = flags & O_CREAT ? (mode_t)va_arg(rest, int) : 0;             \
        va_end(rest);                                                              \
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #NAME);                      \
        wait_for_object(path);                                                     \
        return real(path, flags, mode);                                            \
    }

SLOW(open)
SLOW(open64)
