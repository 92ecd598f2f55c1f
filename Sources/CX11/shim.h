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
#include <xkbcommon/xkbcommon-x11.h>

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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
