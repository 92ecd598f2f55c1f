#ifndef C_SODIUM_MEMORY_H
#define C_SODIUM_MEMORY_H

/// Whether results of libsodium are cached. On at start.
void sodium_memory_enable(int enabled);

#endif
