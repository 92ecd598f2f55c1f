#ifndef C_SODIUM_MEMORY_H
#define C_SODIUM_MEMORY_H

// Remembers results of libsodium for the simulator; see CSodiumMemory.c.

/// Whether results of libsodium are cached. On at start.
void sodium_memory_enable(int enabled);

#endif
