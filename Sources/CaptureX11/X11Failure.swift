import Synchronization

package import Sealing

/// Why no display can be captured.
package enum X11Failure: Error, Equatable {
    /// No display by that name answers.
    case noDisplay
    /// The server lacks an extension that capture needs; its name.
    case missingExtension(String)
    /// The connection broke: the session ended, or the server did.
    case displayLost
    /// Pixels of this screen are not 8 bits a colour in 32-bit words.
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

/// What Xlib's process-wide handlers noticed.
enum X11Errors {
    private static let errors = Atomic<Int>(0)

    /// How many requests have failed. Windows vanish while they are asked about, so a failed request is no news;
    /// it only must not be taken for an answer.
    static var count: Int { errors.load(ordering: .relaxed) }

    static func note() { errors.wrappingAdd(1, ordering: .relaxed) }
}
