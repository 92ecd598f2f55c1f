import Ledger
import Sealing

/// What a broker seals for a job: u32 n ‖ note (n bytes) ‖ partials. In a session n may be zero.
enum AnswerContent {
    /// The caller wipes what it gets.
    static func encode(_ note: Bytes, _ partials: Bytes) -> Bytes {
        // Reserve all memory at once: an array that grows leaves copies behind.
        var writer = ByteWriter([], room: 4 + note.count + partials.count)
        writer.u32(UInt32(clamping: note.count))
        writer.append(note)
        writer.append(partials)
        return writer.bytes
    }

    static func parse(_ content: Bytes) throws(FormatError) -> (note: Bytes, partials: Bytes) {
        var reader = ByteReader(content)
        return (try reader.take(Int(try reader.u32())), try reader.take(reader.remaining))
    }

    /// For each position, for each mask of the broker ascending, 32 bytes. Nil if there are not exactly as many.
    static func cut(_ partials: Bytes, positions: Int, masks: Int) -> [[Bytes]]? {
        let count = Answer.partialCount
        guard masks > 0, partials.count == positions * masks * count else { return nil }
        return (0..<positions).map { position in
            (0..<masks).map { mask in
                let start = (position * masks + mask) * count
                return Array(partials[start..<(start + count)])
            }
        }
    }
}

extension CofferError {
    /// A broker's answer that is not the answer to what was asked.
    static let answerMismatch = CofferError(
        .tampering, "The broker's answer does not match the request.", rule: "answer.mismatch")
}
