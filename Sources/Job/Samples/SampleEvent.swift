import Records

extension SampleJSON {
    /// A key or pointer record as an event of a sample, with coordinates as shares of the screen. Nil for text, which
    /// is in the sample itself.
    init?(event content: RecordContent) {
        switch content {
        case .keys(let key):
            self = .object(
                [("type", .string(key.isPress ? "press" : "release")), ("key", .string(key.key))]
                    + (key.isPress ? [("text", .string(key.text ?? KeyName.character(key.key) ?? ""))] : [])
                    + [("source", .string(key.origin.rawValue))])
        case .pointer(let pointer):
            let (type, more) = Self.members(of: pointer.action)
            let place: [(String, SampleJSON)] = [
                ("type", .string(type)), ("x", .fraction(Fraction(pointer.x, of: pointer.screenWidth))),
                ("y", .fraction(Fraction(pointer.y, of: pointer.screenHeight))),
            ]
            self = .object(
                place + more + (pointer.isOff ? [("off", .boolean(true))] : []) + [
                    ("source", .string(pointer.origin.rawValue))
                ])
        case .window, .screen, .prompt, .terminal, .step, .removed: return nil
        }
    }

    private static func members(of action: PointerContent.Action) -> (type: String, more: [(String, SampleJSON)]) {
        switch action {
        case .move: ("move", [])
        case .press(let button): ("press", [("button", .string(button))])
        case .release(let button): ("release", [("button", .string(button))])
        case .scroll(let direction, let clicks):
            ("scroll", [("direction", .string(direction)), ("clicks", .integer(UInt64(clamping: clicks)))])
        }
    }
}
