// libpng's functions, with which Records reads PNG files, as Pillow reads them.
#include <png.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t position;
} coffer_png_source;

static inline void coffer_png_take(png_structp png, png_bytep out, size_t count) {
    coffer_png_source *source = (coffer_png_source *)png_get_io_ptr(png);
    if (count > source->count - source->position) png_error(png, "truncated");
    memcpy(out, source->bytes + source->position, count);
    source->position += count;
}

static inline void coffer_png_fail(png_structp png, png_const_charp message) {
    (void)message;
    png_longjmp(png, 1);
}

static inline void coffer_png_ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

// Reads a PNG as width * height * 3 bytes, R G B. Colours stay as they are stored: no gamma, no alpha; of 16 bits the
// upper eight. Returns 0 when the file is no whole PNG of this size. libpng's error jumps stay inside.
static inline int coffer_png_read_rgb(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels) {
    coffer_png_source source = {bytes, count, 0};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, coffer_png_fail, coffer_png_ignore);
    if (png == NULL) return 0;
    png_infop info = png_create_info_struct(png);
    png_bytepp volatile rows = NULL;
    volatile int done = 0;
    if (info != NULL && setjmp(png_jmpbuf(png)) == 0) {
        png_set_read_fn(png, &source, coffer_png_take);
        png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
        png_read_info(png, info);
        int depth = png_get_bit_depth(png, info);
        int colour = png_get_color_type(png, info);
        if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height)
            png_error(png, "size");
        if (depth == 16) png_set_strip_16(png);
        if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
        if (colour == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
        if ((colour & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png);
        png_set_strip_alpha(png);
        png_set_interlace_handling(png);
        png_read_update_info(png, info);
        if (png_get_rowbytes(png, info) != (size_t)width * 3) png_error(png, "format");
        rows = (png_bytepp)malloc(sizeof(png_bytep) * height);
        if (rows == NULL) png_error(png, "memory");
        for (uint32_t y = 0; y < height; y++) rows[y] = pixels + (size_t)y * width * 3;
        png_read_image(png, rows);
        png_read_end(png, NULL);
        done = 1;
    }
    free(rows);
    png_destroy_read_struct(&png, info == NULL ? NULL : &info, NULL);
    return done;
}
