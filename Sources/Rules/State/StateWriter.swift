import Sealing

/// Writes a state for its digest: named sections, each with its count, so that no two states write the same bytes.
struct StateWriter {
    private var writer = ByteWriter(D("state"))

    var digest: Hash256 { Hash256(of: writer.bytes) }

    mutating func section<Elements: Collection>(
        _ name: String, _ elements: Elements, _ write: (inout StateWriter, Elements.Element) -> Void
    ) {
        writer.lp(name)
        writer.u64(UInt64(elements.count))
        for element in elements { write(&self, element) }
    }

    mutating func hash(_ hash: Hash256) { writer.append(hash) }

    /// Writes 32 zeros for nil. No known input has this hash.
    mutating func hash(_ hash: Hash256?) { writer.append(hash?.bytes ?? Bytes(repeating: 0, count: 32)) }

    mutating func bytes(_ bytes: Bytes) { writer.append(bytes) }
    mutating func number(_ number: UInt64) { writer.u64(number) }
    mutating func time(_ time: Milliseconds) { writer.milliseconds(time) }
    mutating func string(_ string: String) { writer.lp(string) }

    /// Writes a byte that tells whether there is a mark, then its index and time.
    mutating func mark(_ mark: LogPosition?) {
        writer.u8(mark == nil ? 0 : 1)
        writer.u64(mark?.index ?? 0)
        writer.milliseconds(mark?.time ?? 0)
    }
}
