internal import Crypto

/// Reads a journal, complete or cut off by a crash.
package enum JournalReader {
    package static func open(_ file: Bytes, with key: SealingPrivateKey) throws(SealingError) -> Journal {
        try read(file, key: try Journal.key(of: file, with: key))
    }

    /// `records` parses a frame's records. It must be strict, except for a file that this process has written itself.
    static func read(
        _ file: Bytes, key: SymmetricKey,
        records parse: (Bytes, Kind) throws(FormatError) -> [Record] = { bytes, kind throws(FormatError) in
            try Record.parse(bytes, kind: kind)
        }
    ) throws(SealingError) -> Journal {
        var frames = FrameReader(file.dropFirst(SealedBox.sealedKeyCount), key: key)
        guard let prologue = frames.next() else {
            throw frames.isDamaged ? .notAuthentic : .malformed(.truncated)
        }
        let head = try parsing { () throws(FormatError) in try Journal.Head(prologue) }
        var records: [Record] = []
        while let plaintext = frames.next() {
            records += try parsing { () throws(FormatError) in try parse(try head.records(in: plaintext), head.kind) }
        }
        return Journal(
            kind: head.kind, app: head.app, device: head.device, opened: head.opened, records: records,
            ending: frames.ending)
    }
}

/// Walks over frames up to the first that does not open.
private struct FrameReader {
    private let bytes: ArraySlice<UInt8>
    private let key: SymmetricKey
    private var position: Int
    private var number: UInt64 = 0
    private(set) var isDamaged = false

    init(_ bytes: ArraySlice<UInt8>, key: SymmetricKey) {
        self.bytes = bytes
        self.key = key
        self.position = bytes.startIndex
    }

    private var rest: ArraySlice<UInt8> { bytes[position...] }

    var ending: Journal.Ending {
        rest.isEmpty ? .whole : isDamaged ? .damaged(rest.count) : .torn(rest.count)
    }

    mutating func next() -> Bytes? {
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        // After a power cut a file may have grown before its bytes were written; then it ends in zeros.
        guard count >= 16, count <= Journal.maximumFrameCount else {
            isDamaged = rest.contains { $0 != 0 }
            return nil
        }
        let frame = rest.dropFirst(4).prefix(count)
        guard frame.count == count else { return nil }
        guard let plaintext = Journal.unseal(frame, number: number, key: key) else {
            isDamaged = true
            return nil
        }
        number += 1
        position = frame.endIndex
        return plaintext
    }
}
