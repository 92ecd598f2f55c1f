// libwebp's functions, with which Records writes screens as WebP and makes them smaller.
#include <stdint.h>
#include <string.h>
#include <webp/encode.h>

// Makes a picture of R G B smaller, by the mean of the pixels that fall together. Returns 0 without memory.
static inline int coffer_webp_scale(
    const uint8_t *pixels, int width, int height, uint8_t *out, int out_width, int out_height) {
    WebPPicture picture;
    if (!WebPPictureInit(&picture)) return 0;
    picture.use_argb = 1;
    picture.width = width;
    picture.height = height;
    int done = WebPPictureImportRGB(&picture, pixels, width * 3) && WebPPictureRescale(&picture, out_width, out_height);
    for (int y = 0; done && y < out_height; y++) {
        const uint32_t *row = picture.argb + (size_t)y * (size_t)picture.argb_stride;
        for (int x = 0; x < out_width; x++, out += 3) {
            out[0] = (uint8_t)(row[x] >> 16);
            out[1] = (uint8_t)(row[x] >> 8);
            out[2] = (uint8_t)row[x];
        }
    }
    WebPPictureFree(&picture);
    return done;
}

// Writes a picture of R G B as lossless WebP. The caller frees the bytes with coffer_webp_free. Returns 0 when it cannot
// be written.
static inline size_t coffer_webp_encode(const uint8_t *pixels, int width, int height, uint8_t **out) {
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter writer;
    // Level 0 of 9 takes a tenth of the time of level 3, and still fewer bytes than PNG.
    if (!WebPConfigInit(&config) || !WebPConfigLosslessPreset(&config, 0) || !WebPPictureInit(&picture)) return 0;
    WebPMemoryWriterInit(&writer);
    picture.use_argb = 1;
    picture.width = width;
    picture.height = height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    int done = WebPPictureImportRGB(&picture, pixels, width * 3) && WebPEncode(&config, &picture);
    WebPPictureFree(&picture);
    if (!done) {
        WebPMemoryWriterClear(&writer);
        return 0;
    }
    *out = writer.mem;
    return writer.size;
}

static inline void coffer_webp_free(uint8_t *bytes) { WebPFree(bytes); }
