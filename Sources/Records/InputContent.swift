package import Sealing

/// Whether a person's device or a program (XTEST) made the input.
package enum InputOrigin: String, Sendable {
    case device
    case synthetic

    init(_ name: String) throws(FormatError) {
        guard let origin = InputOrigin(rawValue: name) else { throw .notCanonical }
        self = origin
    }
}

/// A `keys` record: {"type":"press"|"release","key":a character or a keysym's name}, then, for a press that is part of
/// a sequence of dead keys or of the compose key, "text":what it writes, then "source":"device"|"synthetic".
package struct KeyContent: Hashable, Sendable {
    package var isPress: Bool
    /// One character, or an X keysym's name such as `Return` or `Shift_L`. The space bar is a space.
    package var key: String
    /// What a press writes as part of a sequence: nothing until its end. Nil where the key alone says it.
    package var text: String?
    package var origin: InputOrigin

    package init(isPress: Bool, key: String, text: String? = nil, origin: InputOrigin) {
        self.isPress = isPress
        self.key = key
        self.text = text
        self.origin = origin
    }

    package init(parsing json: Bytes) throws(FormatError) {
        var mark: RecordingMark?
        try self.init(parsing: json, mark: &mark)
    }

    init(parsing json: Bytes, mark: inout RecordingMark?) throws(FormatError) {
        var reader = try CanonicalObject(parsing: json)
        let type = try reader.string("type", atMost: 16)
        guard type == "press" || type == "release" else { throw .notCanonical }
        isPress = type == "press"
        key = RecordText.decode(try reader.string("key", atMost: 64))
        guard !key.isEmpty else { throw .notCanonical }
        if isPress, reader.nextName == "text" { text = RecordText.decode(try reader.string("text", atMost: 64)) }
        origin = try InputOrigin(try reader.string("source", atMost: 16))
        mark = try RecordingMark.finish(&reader)
    }

    package var object: CanonicalJSON {
        .object(
            [.init("type", .string(isPress ? "press" : "release")), .init("key", .string(RecordText.encode(key)))]
                + (text.map { [.init("text", .string(RecordText.encode($0)))] } ?? [])
                + [.init("source", .string(origin.rawValue))])
    }
}

/// A `pointer` record: {"type","x","y","w","h"}, then "button", or "direction" and "clicks", then "off":true for a place
/// off the screen, then "source".
package struct PointerContent: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case move
        case press(button: String)
        case release(button: String)
        case scroll(direction: String, clicks: Int)
    }

    package static let buttons: Set<String> = ["left", "middle", "right", "back", "forward"]
    package static let directions: Set<String> = ["up", "down", "left", "right"]

    package var action: Action
    /// Pixels of the screen.
    package var x: Int
    package var y: Int
    package var screenWidth: Int
    package var screenHeight: Int
    package var origin: InputOrigin
    /// Whether the pointer was off the screen that `w` and `h` describe. The place is the nearest on it.
    package var isOff: Bool

    package init(
        action: Action, x: Int, y: Int, screenWidth: Int, screenHeight: Int, origin: InputOrigin, isOff: Bool = false
    ) {
        self.action = action
        self.x = x
        self.y = y
        self.screenWidth = screenWidth
        self.screenHeight = screenHeight
        self.origin = origin
        self.isOff = isOff
    }

    init(parsing json: Bytes, mark: inout RecordingMark?) throws(FormatError) {
        var reader = try CanonicalObject(parsing: json)
        let type = try reader.string("type", atMost: 16)
        x = Int(try reader.integer("x", atMost: 65_535))
        y = Int(try reader.integer("y", atMost: 65_535))
        screenWidth = Int(try reader.integer("w", atMost: 65_535))
        screenHeight = Int(try reader.integer("h", atMost: 65_535))
        switch type {
        case "move": action = .move
        case "press": action = .press(button: try Self.name("button", of: Self.buttons, &reader))
        case "release": action = .release(button: try Self.name("button", of: Self.buttons, &reader))
        case "scroll":
            let direction = try Self.name("direction", of: Self.directions, &reader)
            action = .scroll(direction: direction, clicks: Int(try reader.integer("clicks", atMost: 65_535)))
        default: throw .notCanonical
        }
        isOff = reader.nextName == "off" ? try reader.boolean("off") : false
        origin = try InputOrigin(try reader.string("source", atMost: 16))
        mark = try RecordingMark.finish(&reader)
    }

    private static func name(_ member: String, of names: Set<String>, _ reader: inout CanonicalObject)
        throws(FormatError) -> String
    {
        let name = try reader.string(member, atMost: 16)
        guard names.contains(name) else { throw .notCanonical }
        return name
    }

    package var object: CanonicalJSON {
        let type: String
        var more: [CanonicalJSON.Member] = []
        switch action {
        case .move: type = "move"
        case .press(let button):
            type = "press"
            more = [.init("button", .string(button))]
        case .release(let button):
            type = "release"
            more = [.init("button", .string(button))]
        case .scroll(let direction, let clicks):
            type = "scroll"
            more = [.init("direction", .string(direction)), .init("clicks", .integer(UInt64(clamping: clicks)))]
        }
        return .object(
            [
                .init("type", .string(type)), .init("x", .integer(UInt64(clamping: x))),
                .init("y", .integer(UInt64(clamping: y))), .init("w", .integer(UInt64(clamping: screenWidth))),
                .init("h", .integer(UInt64(clamping: screenHeight))),
            ] + more + (isOff ? [.init("off", .boolean(true))] : []) + [.init("source", .string(origin.rawValue))])
    }
}
