// ISA-L's functions, with which Records compresses the pixels of PNG files.
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>

// The most bytes that coffer_deflate_piece writes: stored blocks of at most 65,535 bytes, and the flush after them.
static inline size_t coffer_deflate_bound(size_t count) { return count + (count / 65535 + 1) * 5 + 16; }

// Compresses bytes to a piece of a deflate stream that ends at a byte, is not the last, and refers to nothing before it.
// Returns its length, or 0 without memory.
static inline size_t coffer_deflate_piece(const uint8_t *bytes, uint32_t count, uint8_t *out, uint32_t room) {
    struct isal_zstream *stream = (struct isal_zstream *)malloc(sizeof *stream + ISAL_DEF_LVL1_DEFAULT);
    if (stream == NULL) return 0;
    isal_deflate_stateless_init(stream);
    stream->level = 1;
    stream->level_buf = (uint8_t *)(stream + 1);
    stream->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
    stream->flush = FULL_FLUSH;
    stream->end_of_stream = 0;
    stream->next_in = (uint8_t *)bytes;
    stream->avail_in = count;
    stream->next_out = out;
    stream->avail_out = room;
    int done = isal_deflate_stateless(stream) == COMP_OK && stream->avail_in == 0;
    size_t written = done ? stream->total_out : 0;
    free(stream);
    return written;
}

static inline uint32_t coffer_adler32(const uint8_t *bytes, uint64_t count) { return isal_adler32(1, bytes, count); }

static inline uint32_t coffer_crc32(const uint8_t *bytes, uint64_t count) { return crc32_gzip_refl(0, bytes, count); }
