import Synchronization

package import Sealing

/// Why no display can be captured.
package enum X11Failure: Error, Equatable {
    /// No display of this name answers.
    case noDisplay
    /// The server lacks this extension, which capture needs.
    case missingExtension(String)
    /// The connection broke, because the session or the server ended.
    case displayLost
    /// The screen's pixels do not have 8 bits per colour in 32-bit words.
    case pixelFormat

    package var cofferError: CofferError {
        switch self {
        case .noDisplay:
            CofferError(
                .configuration, "No X display answers.",
                hint: "Set DISPLAY to a running X11 session; on Wayland, sign in to an X11 one.")
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

/// The errors that Xlib's process-wide handlers received.
enum X11Errors {
    private static let errors = Atomic<Int>(0)

    /// How many requests have failed. Windows can disappear between request and reply, so failures are expected.
    /// Compare the count before and after to know that a reply is valid.
    static var count: Int { errors.load(ordering: .relaxed) }

    static func note() { errors.wrappingAdd(1, ordering: .relaxed) }
}
