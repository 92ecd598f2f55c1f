import CLinux
import CX11
import Glibc
import Sealing

/// Copies a window's pixels from the server, a band of the screen at a time: through shared memory on this machine, else
/// through the connection.
final class X11Image {
    private let display: X11Display
    private var segment = XShmSegmentInfo()
    private var isShared = false
    private let capacity: Int

    /// How high a band is: pixels that are read in one piece and stay in the processor's cache until they are copied.
    static let bandHeight = 256

    init(display: X11Display, screenWidth: Int) {
        self.display = display
        capacity = screenWidth * Self.bandHeight * 4
        attach()
    }

    private func attach() {
        guard XShmQueryExtension(display.pointer) != 0 else { return }
        segment.shmid = shmget(IPC_PRIVATE, capacity, IPC_CREAT | 0o600)
        guard segment.shmid >= 0 else { return }
        let address = shmat(segment.shmid, nil, 0)
        guard let address, address != UnsafeMutableRawPointer(bitPattern: -1) else {
            shmctl(segment.shmid, IPC_RMID, nil)
            return
        }
        _ = coffer_exclude_from_dumps(address, capacity)
        segment.shmaddr = address.assumingMemoryBound(to: CChar.self)
        segment.readOnly = 0
        let request = display.nextRequest
        isShared = XShmAttach(display.pointer, &segment) != 0 && XSync(display.pointer, 0) != 0
        if display.hasFailed(since: request) { isShared = false }
        // The system frees the memory when both sides have detached it, even if this process crashes.
        shmctl(segment.shmid, IPC_RMID, nil)
        if !isShared { detach() }
    }

    private func detach() {
        guard let address = segment.shmaddr else { return }
        explicit_bzero(address, capacity)
        shmdt(address)
        segment.shmaddr = nil
    }

    deinit {
        if isShared, !display.isLost { XShmDetach(display.pointer, &segment) }
        detach()
    }

    /// Passes the part `bounds` of a window (in screen coordinates), at most a band, to `body` as an image. False when the server cannot
    /// return it.
    func read(
        _ window: Window, _ placed: X11WindowTree.Placed, bounds: Rectangle, _ body: (XImage) throws(X11Failure) -> Void
    ) throws(X11Failure) -> Bool {
        let x = Int32(bounds.x - placed.rectangle.x)
        let y = Int32(bounds.y - placed.rectangle.y)
        let request = display.nextRequest
        if isShared {
            guard
                let image = XShmCreateImage(
                    display.pointer, placed.visual, UInt32(placed.depth), ZPixmap, segment.shmaddr, &segment,
                    UInt32(bounds.width), UInt32(bounds.height))
            else { return false }
            defer { coffer_destroy_image(image) }
            guard Int(image.pointee.bytes_per_line) * bounds.height <= capacity,
                XShmGetImage(display.pointer, window, image, x, y, UInt(bitPattern: -1)) != 0,
                !display.hasFailed(since: request)
            else { return false }
            try body(image.pointee)
        } else {
            guard
                let image = XGetImage(
                    display.pointer, window, x, y, UInt32(bounds.width), UInt32(bounds.height), UInt(bitPattern: -1),
                    ZPixmap)
            else { return false }
            defer { coffer_destroy_image_and_pixels(image) }
            guard !display.hasFailed(since: request) else { return false }
            try body(image.pointee)
        }
        return true
    }
}
