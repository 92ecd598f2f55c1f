import Ledger
package import Rules
import Sealing

/// The verdicts of a log's entries: the refusals by their entries, since nearly all entries are accepted.
package struct Verdicts: Sendable {
    /// The number of entries.
    package private(set) var size: UInt64 = 0
    private var refusals: [UInt64: Refusal] = [:]

    package init() {}

    mutating func add(_ verdict: Verdict) {
        if case .refused(let refusal) = verdict { refusals[size] = refusal }
        size += 1
    }

    /// The verdict of `apply` on an entry with this note.
    package func verdict(of index: UInt64, _ note: ArraySlice<UInt8>) -> Verdict {
        if let refusal = refusals[index] { return .refused(refusal) }
        // An accepted entry is a note; its identity is the hash of the text.
        return .accepted((try? NoteSlice(parsing: note))?.hash ?? .zero)
    }

    // MARK: Bytes

    /// u64 size ‖ u32 n ‖ n × (lp(rule) ‖ lp(message)) ‖ u32 m ‖ m × (u64 entry ‖ u32 place of its refusal), in order.
    var encoded: Bytes {
        let entries = refusals.sorted { $0.key < $1.key }
        var places: [String: UInt32] = [:]
        var texts: [Refusal] = []
        for (_, refusal) in entries where places[Self.key(refusal)] == nil {
            places[Self.key(refusal)] = UInt32(texts.count)
            texts.append(refusal)
        }
        var writer = ByteWriter()
        writer.u64(size)
        writer.u32(UInt32(texts.count))
        for refusal in texts {
            writer.lp(refusal.rule)
            writer.lp(refusal.message)
        }
        writer.u32(UInt32(entries.count))
        for (index, refusal) in entries {
            writer.u64(index)
            writer.u32(places[Self.key(refusal)] ?? 0)
        }
        return writer.bytes
    }

    init(decoding reader: inout ByteReader) throws(FormatError) {
        size = try reader.u64()
        var texts: [Refusal] = []
        for _ in 0..<(try reader.u32()) { texts.append(Refusal(try reader.lpString(), try reader.lpString())) }
        for _ in 0..<(try reader.u32()) {
            let (index, place) = (try reader.u64(), try reader.u32())
            guard index < size, Int(place) < texts.count else { throw .outOfBounds }
            refusals[index] = texts[Int(place)]
        }
    }

    private static func key(_ refusal: Refusal) -> String { "\(refusal.rule)\n\(refusal.message)" }
}
