// What CaptureX11 alone needs: Xlib, its extensions, libxkbcommon and signalfd. The inline functions below replace macros
// and loops that Swift cannot use or runs slowly.
#include <X11/Xlib.h>
#include <X11/Xlib-xcb.h>
#include <xcb/xcbext.h>
#include <X11/Xatom.h>
#include <X11/Xutil.h>
#include <X11/XKBlib.h>
#include <X11/extensions/XInput2.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/Xfixes.h>
#include <X11/extensions/Xdamage.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <xkbcommon/xkbcommon.h>
#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon-x11.h>

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/// Copies a rectangle of a 32-bit ZPixmap into 24-bit RGB. Only the three colours are read: the fourth byte of a
/// pixel has no meaning, and need not be zero.
static inline void coffer_copy_rgb(const uint8_t *from, size_t from_stride, uint8_t *to, size_t to_stride,
                                   int width, int height, int red_shift, int green_shift, int blue_shift) {
    for (int y = 0; y < height; y++) {
        const uint32_t *source = (const uint32_t *)(const void *)(from + (size_t)y * from_stride);
        uint8_t *target = to + (size_t)y * to_stride;
        for (int x = 0; x < width; x++) {
            const uint32_t pixel = source[x];
            *target++ = (uint8_t)(pixel >> red_shift);
            *target++ = (uint8_t)(pixel >> green_shift);
            *target++ = (uint8_t)(pixel >> blue_shift);
        }
    }
}

/// Frees an image whose pixels lie elsewhere (XDestroyImage is a macro, and would free them).
static inline void coffer_destroy_image(XImage *image) {
    image->data = NULL;
    XDestroyImage(image);
}

/// Frees an image and its pixels.
static inline void coffer_destroy_image_and_pixels(XImage *image) { XDestroyImage(image); }

/// The address of a pending XKB event inside an XEvent.
static inline const XkbEvent *coffer_xkb_event(const XEvent *event) { return (const XkbEvent *)event; }

/// A descriptor that is readable while SIGCONT is pending; reading takes the signal. -1 on failure.
static inline int coffer_continue_descriptor(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCONT);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/// The process of the client that made a window, from the server's X-Resource extension; 0 when it is not on this
/// machine, or not known.
static inline uint32_t coffer_client_process(xcb_connection_t *connection, uint32_t window) {
    static xcb_extension_t resource = {"X-Resource", 0};
    const xcb_protocol_request_t request = {2, &resource, 4, 0};
    struct { uint8_t major, minor; uint16_t length; uint32_t count, client, mask; } body = {0, 4, 4, 1, window, 2};
    struct iovec parts[4] = {{0}};
    parts[2].iov_base = &body;
    parts[2].iov_len = sizeof body;
    const xcb_query_extension_reply_t *known = xcb_get_extension_data(connection, &resource);
    if (!known || !known->present) return 0;
    const unsigned sent = xcb_send_request(connection, XCB_REQUEST_CHECKED, parts + 2, &request);
    xcb_generic_error_t *error = NULL;
    uint32_t *reply = xcb_wait_for_reply(connection, sent, &error);
    // Eight words of header, of which the third counts ids; then client, mask, length in bytes, process.
    const uint32_t process = reply && reply[1] >= 4 && reply[2] >= 1 && reply[10] >= 4 ? reply[11] : 0;
    free(reply);
    free(error);
    return process;
}

/// Lets the RECORD extension report every press and release of a key on this connection, which can ask for nothing else
/// afterwards.
/// The number of the request, or 0 when the server lacks the extension.
static inline uint32_t coffer_record_keys(xcb_connection_t *connection) {
    static xcb_extension_t record = {"RECORD", 0};
    const xcb_query_extension_reply_t *known = xcb_get_extension_data(connection, &record);
    if (!known || !known->present) return 0;
    // One range of 24 bytes for all clients (3): its bytes 18 and 19 are the first and last type of device events.
    struct { uint8_t major, minor; uint16_t length; uint32_t context; uint8_t header[4]; uint32_t clients, ranges, all;
             uint8_t range[24]; } create = {0, 1, 12, xcb_generate_id(connection), {0}, 1, 1, 3, {0}};
    create.range[18] = 2;
    create.range[19] = 3;
    struct { uint8_t major, minor; uint16_t length; uint32_t context; } enable = {0, 5, 2, create.context};
    struct iovec parts[4] = {{0}};
    const xcb_protocol_request_t first = {2, &record, 1, 1}, second = {2, &record, 5, 0};
    parts[2].iov_base = &create;
    parts[2].iov_len = sizeof create;
    xcb_send_request(connection, 0, parts + 2, &first);
    parts[2].iov_base = &enable;
    parts[2].iov_len = sizeof enable;
    const unsigned sent = xcb_send_request(connection, XCB_REQUEST_CHECKED, parts + 2, &second);
    xcb_flush(connection);
    return sent;
}

/// The keys of the next report: each as its code in the upper and the server's time in the lower 32 bits, the topmost bit
/// set for a release. Their number, at most `most`; -1 when there is no report now. Never waits.
static inline int coffer_recorded_keys(xcb_connection_t *connection, uint32_t request, uint64_t *keys, uint32_t most) {
    void *reply = NULL;
    xcb_generic_error_t *error = NULL;
    if (!xcb_poll_for_reply(connection, request, &reply, &error) || !reply) {
        free(error);
        return -1;
    }
    // A header of 32 bytes, then events of 32 bytes. Category 0 is data from the server.
    const uint8_t *bytes = reply;
    uint32_t words = 0;
    memcpy(&words, bytes + 4, 4);
    uint32_t count = 0;
    for (uint32_t event = 0; bytes[1] == 0 && event < words / 8 && count < most; event++) {
        const uint8_t *at = bytes + 32 + (size_t)event * 32;
        uint32_t time = 0;
        memcpy(&time, at + 4, 4);
        const uint8_t type = at[0] & 127;
        if (type == 2 || type == 3) keys[count++] = (uint64_t)(type == 3) << 63 | (uint64_t)at[1] << 32 | time;
    }
    free(reply);
    return (int)count;
}
