// Caches the results of three libsodium functions, whose results depend only on their arguments: each calls the real
// function once. Only the simulator links this, so that all its replayers together verify each signature once.

#define _GNU_SOURCE
#include "CSodiumMemory.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 16384

typedef struct {
    uint64_t tag[2];
    unsigned long long length;
    unsigned char signature[64];
    unsigned char key[32];
    int result;
    int used;
} Verified;

typedef struct {
    unsigned char seed[32];
    unsigned char key[32];
    unsigned char secret[64];
    int used;
} KeyPair;

typedef struct {
    unsigned char point[32];
    int result;
    int used;
} Point;

static atomic_int isEnabled = 1;
static _Thread_local Verified *verified;
static _Thread_local KeyPair *keyPairs;
static _Thread_local Point *points;

void sodium_memory_enable(int enabled) { atomic_store(&isEnabled, enabled); }

static uint64_t mix(uint64_t hash, const unsigned char *bytes, unsigned long long length) {
    while (length >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
        bytes += 8;
        length -= 8;
    }
    while (length-- > 0) hash = (hash ^ *bytes++) * 0x100000001B3u;
    return hash ^ (hash >> 32);
}

static void *real(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) abort();
    return function;
}

int crypto_sign_verify_detached(
    const unsigned char *signature, const unsigned char *message, unsigned long long length, const unsigned char *key) {
    static int (*_Atomic function)(
        const unsigned char *, const unsigned char *, unsigned long long, const unsigned char *);
    if (function == NULL) function = real("crypto_sign_verify_detached");
    if (verified == NULL) verified = calloc(SLOTS, sizeof(Verified));
    if (verified == NULL || !atomic_load(&isEnabled)) return function(signature, message, length, key);
    uint64_t tag[2] = {mix(1, message, length), mix(0xC0FFEE, message, length)};
    Verified *slot = &verified[(mix(tag[0], signature, 64) ^ mix(2, key, 32)) % SLOTS];
    if (!slot->used || slot->tag[0] != tag[0] || slot->tag[1] != tag[1] || slot->length != length
        || memcmp(slot->signature, signature, 64) != 0 || memcmp(slot->key, key, 32) != 0) {
        slot->result = function(signature, message, length, key);
        slot->tag[0] = tag[0];
        slot->tag[1] = tag[1];
        slot->length = length;
        memcpy(slot->signature, signature, 64);
        memcpy(slot->key, key, 32);
        slot->used = 1;
    }
    return slot->result;
}

int crypto_sign_seed_keypair(unsigned char *key, unsigned char *secret, const unsigned char *seed) {
    static int (*_Atomic function)(unsigned char *, unsigned char *, const unsigned char *);
    if (function == NULL) function = real("crypto_sign_seed_keypair");
    if (keyPairs == NULL) keyPairs = calloc(SLOTS, sizeof(KeyPair));
    if (keyPairs == NULL || !atomic_load(&isEnabled)) return function(key, secret, seed);
    KeyPair *slot = &keyPairs[mix(3, seed, 32) % SLOTS];
    if (!slot->used || memcmp(slot->seed, seed, 32) != 0) {
        if (function(slot->key, slot->secret, seed) != 0) return -1;
        memcpy(slot->seed, seed, 32);
        slot->used = 1;
    }
    memcpy(key, slot->key, 32);
    memcpy(secret, slot->secret, 64);
    return 0;
}

int crypto_core_ed25519_is_valid_point(const unsigned char *point) {
    static int (*_Atomic function)(const unsigned char *);
    if (function == NULL) function = real("crypto_core_ed25519_is_valid_point");
    if (points == NULL) points = calloc(SLOTS, sizeof(Point));
    if (points == NULL || !atomic_load(&isEnabled)) return function(point);
    Point *slot = &points[mix(4, point, 32) % SLOTS];
    if (!slot->used || memcmp(slot->point, point, 32) != 0) {
        slot->result = function(point);
        memcpy(slot->point, point, 32);
        slot->used = 1;
    }
    return slot->result;
}
