#ifndef C_SODIUM_MEMORY_H
#define C_SODIUM_MEMORY_H

/// Whether what libsodium said is remembered; on from the start.
void sodium_memory_enable(int enabled);

#endif
