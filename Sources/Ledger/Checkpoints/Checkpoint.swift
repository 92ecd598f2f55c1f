package import Sealing

/// A log's checkpoint (c2sp.org/tlog-checkpoint@v1.0.0): origin, size and root hash, one a line.
package struct Checkpoint: Hashable, Sendable {
    package let origin: String
    package let size: SaturatingUInt64
    package let root: Hash256
    /// The lines after the third. Coffer's own checkpoints have no such lines.
    package let extensions: [String]

    package init(origin: String, size: SaturatingUInt64, root: Hash256) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = []
    }

    /// Parses a note's text: no empty line, no leading zero, one canonical base64.
    package init(parsing text: Bytes) throws(NoteError) {
        guard text.last == 10 else { throw .malformed }
        var lines: [String] = []
        for line in text.dropLast().split(separator: 10, omittingEmptySubsequences: false) {
            guard !line.isEmpty, let string = String(validating: Array(line), as: UTF8.self) else { throw .malformed }
            lines.append(string)
        }
        guard lines.count >= 3, let size = Decimal.parse(lines[1]), let root = HashLine.parse(Array(lines[2].utf8))
        else { throw .malformed }
        self.origin = lines[0]
        self.size = size
        self.root = root
        self.extensions = Array(lines[3...])
    }

    /// The note's text. What parses re-encodes to the same bytes.
    package var text: Bytes {
        var text = Array("\(origin)\n\(size)\n".utf8) + HashLine.encode(root)
        for line in extensions { text += Array(line.utf8) + [10] }
        return text
    }
}
