package import Sealing

/// The recording that an imported record belongs to: the last members of its object, `"recording"` and, at its first
/// and last record, `"edge"`. What was captured live has none.
package struct RecordingMark: Hashable, Sendable {
    package enum Edge: String, Sendable {
        case begin, end, both
    }

    /// Sixteen hex digits, random.
    package let id: String
    package var edge: Edge?

    package init(id: String, edge: Edge? = nil) {
        self.id = id
        self.edge = edge
    }

    /// A mark with a fresh name.
    package static func fresh() -> RecordingMark { RecordingMark(id: Hex.encode(Random.bytes(8))) }

    /// Reads the mark, if there is one, and the end of the object.
    static func finish(_ reader: inout CanonicalObject) throws(FormatError) -> RecordingMark? {
        guard reader.nextName == "recording" else {
            try reader.finish()
            return nil
        }
        let id = try reader.string("recording", atMost: 16)
        guard isName(id) else { throw .notCanonical }
        var edge: Edge?
        if reader.nextName == "edge" {
            edge = Edge(rawValue: try reader.string("edge", atMost: 16))
            if edge == nil { throw .notCanonical }
        }
        try reader.finish()
        return RecordingMark(id: id, edge: edge)
    }

    /// Whether this is the form of a recording's name.
    package static func isName(_ text: String) -> Bool {
        text.utf8.count == 16 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    package var members: [CanonicalJSON.Member] {
        [.init("recording", .string(id))] + (edge.map { [.init("edge", .string($0.rawValue))] } ?? [])
    }
}

extension Record {
    /// The record of an object of its kind, with its recording's mark at the end.
    init(time: Milliseconds, object: CanonicalJSON, mark: RecordingMark?, tiles: Bytes? = nil) {
        guard let mark, case .object(let members) = object else {
            self.init(time: time, object: object, tiles: tiles)
            return
        }
        self.init(time: time, object: .object(members + mark.members), tiles: tiles)
    }
}
