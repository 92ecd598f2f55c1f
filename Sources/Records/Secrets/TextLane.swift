import Sealing

/// The text that many records write together, and which record wrote which byte.
struct TextLane {
    /// Where a run of bytes comes from.
    private struct Piece {
        let start: Int
        let record: Int
        let offset: Int
    }

    private(set) var bytes: Bytes = []
    private var pieces: [Piece] = []

    /// Adds bytes of a record's text, from this offset in it.
    mutating func append(_ part: some Collection<UInt8>, record: Int, offset: Int = 0) {
        guard !part.isEmpty else { return }
        let goesOn =
            pieces.last.map { $0.record == record && offset - $0.offset == bytes.count - $0.start } ?? false
        if !goesOn { pieces.append(Piece(start: bytes.count, record: record, offset: offset)) }
        bytes += part
    }

    /// Adds a byte that no secret contains, since what stands before and after it was not written side by side.
    mutating func interrupt(record: Int, offset: Int = 0) { append([0], record: record, offset: offset) }

    /// Takes the last character back, as Backspace does.
    mutating func removeLast() {
        while let byte = bytes.popLast(), byte & 0xc0 == 0x80 {}
        while let piece = pieces.last, piece.start >= bytes.count { pieces.removeLast() }
    }

    /// The record that wrote a byte, and the byte's offset in that record's text.
    func origin(of position: Int) -> (record: Int, offset: Int) {
        var low = 0
        var high = pieces.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].start <= position { low = middle } else { high = middle }
        }
        let piece = pieces[low]
        return (piece.record, piece.offset + position - piece.start)
    }

    /// Adds the end of another lane, after an interruption.
    mutating func keep(endOf lane: TextLane) {
        guard !lane.bytes.isEmpty else { return }
        for position in max(0, lane.bytes.count - Self.maximumKept)..<lane.bytes.count {
            let (record, offset) = lane.origin(of: position)
            append(CollectionOfOne(lane.bytes[position]), record: record, offset: offset)
        }
        let (record, offset) = lane.origin(of: lane.bytes.count - 1)
        interrupt(record: record, offset: offset)
    }

    /// How much of a text is kept before something of it is taken back: longer than tokens and numbers are.
    private static let maximumKept = 512
}
