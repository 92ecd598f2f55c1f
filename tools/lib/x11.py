"""Programs of a made-up X11 session, and the oracle: what was typed by the server's own account, and what each window got.

  window CLASS TITLE GEOMETRY LOG   a window of this class; LOG gets a line "time keycode" for each key that it receives
  record LOG                        the same for each key of the session, by the RECORD extension
  keys RATE SECONDS [WINDOW…]       types a to z again and again; each second the next window becomes the active one
  motions RATE SECONDS              moves the pointer by a pixel or two

Times are the X server's, in milliseconds. Needs libX11 and libXtst; DISPLAY names the session.
"""
import ctypes, signal, struct, sys, time

X = ctypes.CDLL("libX11.so.6")
for name, result, arguments in (
    ("XOpenDisplay", "p", "s"), ("XDefaultRootWindow", "L", "p"), ("XSync", "i", "pi"), ("XFlush", "i", "p"),
    ("XKeysymToKeycode", "B", "pL"), ("XStringToKeysym", "L", "s"), ("XNextEvent", "i", "pp"), ("XMapWindow", "i", "pL"),
    ("XCreateSimpleWindow", "L", "pLiiIIILL"), ("XStoreName", "i", "pLs"), ("XSelectInput", "i", "pLl"),
    ("XSetClassHint", "i", "pLp"), ("XInternAtom", "L", "psi"), ("XSendEvent", "i", "pLilp"),
):
    kinds = {"p": ctypes.c_void_p, "s": ctypes.c_char_p, "L": ctypes.c_ulong, "l": ctypes.c_long, "i": ctypes.c_int,
             "I": ctypes.c_uint, "B": ctypes.c_ubyte}
    function = getattr(X, name)
    function.restype, function.argtypes = kinds[result], [kinds[a] for a in arguments]

def opened():
    display = X.XOpenDisplay(None)
    if not display: sys.exit("x11.py: no display answers")
    return display

def extension():
    tst = ctypes.CDLL("libXtst.so.6")
    tst.XTestFakeKeyEvent.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong]
    tst.XTestFakeRelativeMotionEvent.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_ulong]
    tst.XRecordAllocRange.restype = ctypes.c_void_p
    tst.XRecordCreateContext.restype = ctypes.c_ulong
    tst.XRecordCreateContext.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p,
                                         ctypes.c_int]
    tst.XRecordEnableContext.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p]
    tst.XRecordFreeData.argtypes = [ctypes.c_void_p]
    return tst

class ClassHint(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("kind", ctypes.c_char_p)]

def window(kind, title, geometry, log):
    width, height, x, y = (int(part) for part in geometry.replace("x", "+").split("+"))
    display = opened()
    handle = X.XCreateSimpleWindow(display, X.XDefaultRootWindow(display), x, y, width, height, 0, 0, 0xFFFFFF)
    X.XSetClassHint(display, handle, ctypes.byref(ClassHint(kind.lower().encode(), kind.encode())))
    X.XStoreName(display, handle, title.encode())
    X.XSelectInput(display, handle, 1)
    X.XMapWindow(display, handle)
    X.XSync(display, 0)
    event = ctypes.create_string_buffer(192)
    with open(log, "a", buffering=1) as file:
        while True:
            X.XNextEvent(display, event)
            # XKeyEvent: the type first, the time at 56, the keycode at 84.
            if struct.unpack_from("i", event)[0] == 2:
                print(struct.unpack_from("L", event, 56)[0], struct.unpack_from("I", event, 84)[0], file=file)

class InterceptData(ctypes.Structure):
    _fields_ = [("id", ctypes.c_ulong), ("time", ctypes.c_ulong), ("client", ctypes.c_ulong), ("category", ctypes.c_int),
                ("swapped", ctypes.c_int), ("data", ctypes.POINTER(ctypes.c_ubyte)), ("count", ctypes.c_ulong)]

def record(log):
    control, data, tst = opened(), opened(), extension()
    span = tst.XRecordAllocRange()
    # XRecordRange: device_events are its bytes 18 and 19; 2 is KeyPress.
    ctypes.memset(span + 18, 2, 2)
    clients, spans = ctypes.c_ulong(3), ctypes.c_void_p(span)
    context = tst.XRecordCreateContext(control, 0, ctypes.byref(clients), 1, ctypes.byref(spans), 1)
    X.XSync(control, 0)
    file = open(log, "a", buffering=1)

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(InterceptData))
    def intercept(_, found):
        seen = found.contents
        if seen.category == 0 and seen.count and seen.data[0] == 2:
            print(int.from_bytes(bytes(seen.data[4:8]), "little"), seen.data[1], file=file)
        elif seen.category == 4:
            print("begun", file=file)
        tst.XRecordFreeData(found)

    if not tst.XRecordEnableContext(data, context, intercept, None): sys.exit("x11.py: RECORD is not there")

def paced(rate, seconds):
    """Yields 0, 1, … at this rate; what is late follows at once."""
    start = time.monotonic()
    for number in range(int(rate * seconds)):
        if (left := start + number / rate - time.monotonic()) > 0: time.sleep(left)
        yield number

def activate(display, handle):
    """What a pager asks the window manager for."""
    event = ctypes.create_string_buffer(192)
    struct.pack_into("i", event, 0, 33)
    struct.pack_into("L", event, 32, handle)
    struct.pack_into("L", event, 40, X.XInternAtom(display, b"_NET_ACTIVE_WINDOW", 0))
    struct.pack_into("i", event, 48, 32)
    struct.pack_into("LLL", event, 56, 2, 0, 0)
    X.XSendEvent(display, X.XDefaultRootWindow(display), 0, 1 << 19 | 1 << 20, event)

def keys(rate, seconds, *windows):
    display, tst = opened(), extension()
    codes = [X.XKeysymToKeycode(display, X.XStringToKeysym(bytes([97 + i]))) for i in range(26)]
    for number in paced(float(rate), float(seconds)):
        if windows and number % int(float(rate)) == 0:
            activate(display, int(windows[number // int(float(rate)) % len(windows)]))
        for isPress in (1, 0): tst.XTestFakeKeyEvent(display, codes[number % 26], isPress, 0)
        X.XFlush(display)
    X.XSync(display, 0)

def motions(rate, seconds):
    display, tst = opened(), extension()
    for number in paced(float(rate), float(seconds)):
        step = 2 if number // 200 % 2 == 0 else -2
        tst.XTestFakeRelativeMotionEvent(display, step, number % 2 * step // 2, 0)
        X.XFlush(display)
    X.XSync(display, 0)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    {"window": window, "record": record, "keys": keys, "motions": motions}[sys.argv[1]](*sys.argv[2:])
