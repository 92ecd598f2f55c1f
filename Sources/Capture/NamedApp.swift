package import Sealing

/// The class of a window (WM_CLASS) that its app's name does not tell, because it is not of ASCII letters alone.
package struct WindowClass: Hashable, Sendable, CustomStringConvertible {
    /// In bytes; window systems know no limit.
    private static let maximumCount = 256
    /// What a terminal would obey, or would not show.
    private static let unreadable: [Unicode.GeneralCategory] = [.control, .format, .lineSeparator, .paragraphSeparator]

    package let string: String

    /// Nil for a class that a name tells, and for what no person can read: control characters, or nothing, or too much.
    package init?(_ string: String) {
        guard (1...Self.maximumCount).contains(string.utf8.count), AppName(distinguishing: string).hasHash,
            !string.unicodeScalars.contains(where: { Self.unreadable.contains($0.properties.generalCategory) })
        else { return nil }
        self.string = string
    }

    package var app: AppName { AppName(distinguishing: string) }
    package var description: String { string }
}

/// An app of the list as a person names it: by its name, or by the class of its windows.
package struct NamedApp: Hashable, Sendable {
    package let name: AppName
    package let windowClass: WindowClass?

    /// Nil for what is neither.
    package init?(_ text: String) {
        if let name = try? AppName(text) {
            self.name = name
            windowClass = nil
        } else if let windowClass = WindowClass(text) {
            name = windowClass.app
            self.windowClass = windowClass
        } else {
            return nil
        }
    }
}
