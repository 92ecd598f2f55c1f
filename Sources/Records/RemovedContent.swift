package import Sealing

/// A `keys` record in the place of presses and releases that typed a secret: {"type":"removed","secret":its form}.
package struct RemovedContent: Hashable, Sendable {
    package var shape: SecretShape

    package init(shape: SecretShape) { self.shape = shape }

    /// Whether an object of this kind is one.
    static func isRemoved(_ json: Bytes, kind: Kind) -> Bool {
        kind == .keys && json.starts(with: #"{"type":"removed","#.utf8)
    }

    init(parsing json: Bytes, mark: inout RecordingMark?) throws(FormatError) {
        var reader = try CanonicalObject(parsing: json)
        guard try reader.string("type", atMost: 16) == "removed",
            let shape = SecretShape(rawValue: try reader.string("secret", atMost: 32))
        else { throw .notCanonical }
        self.shape = shape
        mark = try RecordingMark.finish(&reader)
    }

    package var object: CanonicalJSON {
        .object([.init("type", .string("removed")), .init("secret", .string(shape.rawValue))])
    }
}
