import CX11

/// Where a window is on the screen, and which part of it is visible.
struct X11WindowTree {
    let display: X11Display
    let screen: Rectangle

    /// A viewable window's position, visual and depth.
    struct Placed {
        let rectangle: Rectangle
        let visual: UnsafeMutablePointer<Visual>?
        let depth: Int32
    }

    func place(_ window: Window) -> Placed? {
        var attributes = XWindowAttributes()
        guard XGetWindowAttributes(display.pointer, window, &attributes) != 0,
            attributes.map_state == IsViewable, attributes.class == InputOutput
        else { return nil }
        var x: Int32 = 0
        var y: Int32 = 0
        var child: Window = 0
        guard XTranslateCoordinates(display.pointer, window, display.root, 0, 0, &x, &y, &child) != 0 else {
            return nil
        }
        return Placed(
            rectangle: Rectangle(x: Int(x), y: Int(y), width: Int(attributes.width), height: Int(attributes.height)),
            visual: attributes.visual, depth: attributes.depth)
    }

    /// The visible part of a window: inside all its ancestors and the screen, without the windows stacked above it or
    /// above one of its ancestors, and without other clients' windows inside it. A shaped window counts as its whole
    /// rectangle.
    func visibleRegion(of window: Window, at place: Rectangle) -> VisibleRegion? {
        var region = VisibleRegion(place)
        region.clip(to: screen)
        var current = window
        for _ in 0..<16 {
            guard let parent = display.tree(of: current)?.parent, parent != 0,
                let siblings = display.tree(of: parent)?.children, let position = siblings.firstIndex(of: current)
            else { return nil }
            for above in siblings[(position + 1)...] {
                if let rectangle = outline(of: above) { region.subtract(rectangle) }
            }
            if parent == display.root { return withoutStrangers(region, inside: window) }
            guard let around = self.place(parent) else { return nil }
            region.clip(to: around.rectangle)
            current = parent
        }
        return nil
    }

    /// What is left without the windows of other clients inside a window; nil when that is not known.
    private func withoutStrangers(_ region: VisibleRegion, inside window: Window) -> VisibleRegion? {
        guard let strangers = X11Strangers(display: display).inside(window) else { return nil }
        var region = region
        for stranger in strangers {
            if let rectangle = outline(of: stranger) { region.subtract(rectangle) }
        }
        return region
    }

    /// The rectangle of a viewable window, with its border.
    private func outline(of window: Window) -> Rectangle? {
        var attributes = XWindowAttributes()
        guard XGetWindowAttributes(display.pointer, window, &attributes) != 0 else { return nil }
        guard attributes.map_state == IsViewable, attributes.class == InputOutput, let inner = place(window) else {
            return nil
        }
        let border = Int(attributes.border_width)
        return Rectangle(
            x: inner.rectangle.x - border, y: inner.rectangle.y - border,
            width: inner.rectangle.width + 2 * border, height: inner.rectangle.height + 2 * border)
    }
}
