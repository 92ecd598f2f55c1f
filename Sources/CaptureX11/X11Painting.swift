import CX11
import Glibc

/// What of new windows has not been painted by the window itself since it was mapped.
///
/// A window without a background shows what was on the screen before, until its program paints. So an area of a window
/// that was made since the start counts only after the server has reported damage of that window there.
final class X11Painting {
    private let display: X11Display
    private var canvases: [Window: Canvas] = [:]

    private struct Canvas {
        let damage: X11Damage
        /// In the window's own coordinates.
        var unpainted = X11Painting.everything
    }

    /// Larger than any window.
    private static let everything = VisibleRegion(Rectangle(x: -32_768, y: -32_768, width: 65_536, height: 65_536))
    /// More pieces than this become one again: rather too much is black.
    private static let mostPieces = 256

    init(display: X11Display) { self.display = display }

    /// A window was made. Its damage is counted from now on, which is before it is mapped.
    func appeared(_ window: Window) {
        guard canvases[window] == nil else { return }
        XSelectInput(display.pointer, window, StructureNotifyMask)
        canvases[window] = Canvas(damage: X11Damage(display, of: window))
    }

    /// A window was unmapped: when it comes back, it is to be painted again.
    func hidden(_ window: Window) {
        guard let canvas = canvases[window] else { return }
        canvas.damage.forget()
        canvases[window]?.unpainted = Self.everything
    }

    func gone(_ window: Window) { canvases[window] = nil }

    /// What is not painted yet of a window, in its own coordinates. Empty for a window that was there at the start.
    func unpainted(of window: Window) -> [Rectangle] {
        guard var canvas = canvases[window] else { return [] }
        for part in canvas.damage.take() ?? [] { canvas.unpainted.subtract(part) }
        if canvas.unpainted.rectangles.count > Self.mostPieces, let bounds = canvas.unpainted.bounds {
            canvas.unpainted = VisibleRegion(bounds)
        }
        canvases[window] = canvas
        return canvas.unpainted.rectangles
    }
}
