import Synchronization

package import Sealing

/// Why no display can be captured.
package enum X11Failure: Error, Equatable {
    /// No display is named.
    case noDisplay
    /// The display that is named does not answer: the session has not begun, or has ended.
    case silentDisplay
    /// The server lacks this extension, which capture needs.
    case missingExtension(String)
    /// The connection broke, because the session or the server ended.
    case displayLost
    /// The screen's pixels do not have 8 bits per colour in 32-bit words.
    case pixelFormat

    private var hint: String { "Set DISPLAY to a running X11 session; on Wayland, sign in to an X11 one." }

    package var cofferError: CofferError {
        switch self {
        case .noDisplay:
            CofferError(.configuration, "No X display is named.", hint: hint)
        case .silentDisplay:
            CofferError(.tryLater, "The X display does not answer.", hint: hint)
        case .missingExtension(let name):
            CofferError(.configuration, "The X server lacks the extension \(name), which capture needs.")
        case .displayLost:
            CofferError(
                .tryLater, "The display's connection was lost; capture has stopped. What was recorded is sealed.")
        case .pixelFormat:
            CofferError(
                .configuration, "This screen's pixel format is not supported.",
                hint: "Capture without --kinds screen, or use a screen of 24-bit colour.")
        }
    }
}

/// The latest request that failed, for each connection: Xlib has one error handler for all of them. Windows can
/// disappear between a request and its reply, so failures are expected.
enum X11Errors {
    private static let requests = Mutex<[UInt: UInt]>([:])

    /// 0 when none has failed.
    static func latest(of display: OpaquePointer) -> UInt {
        let key = UInt(bitPattern: display)
        return requests.withLock { $0[key] ?? 0 }
    }

    static func note(_ request: UInt, of display: OpaquePointer) {
        let key = UInt(bitPattern: display)
        requests.withLock { $0[key] = request }
    }

    static func forget(_ display: OpaquePointer) {
        let key = UInt(bitPattern: display)
        requests.withLock { $0[key] = nil }
    }
}
