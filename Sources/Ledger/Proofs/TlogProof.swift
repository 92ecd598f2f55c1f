package import Sealing

/// An offline proof that an entry is logged (c2sp.org/tlog-proof@v1), a `.tlog-proof` file.
package struct TlogProof: Hashable, Sendable {
    static let header = "c2sp.org/tlog-proof@v1"
    /// The most hashes a proof may have.
    static let maximumHashes = 63

    /// Extra data. Nothing authenticates it.
    package let extra: Bytes?
    package let index: SaturatingUInt64
    /// From the leaf's sibling up to the root's child.
    package let hashes: [Hash256]
    /// The checkpoint, with its cosignatures, verbatim.
    package let note: SignedNote

    package init(extra: Bytes? = nil, index: SaturatingUInt64, hashes: [Hash256], note: SignedNote) {
        self.extra = extra
        self.index = index
        self.hashes = hashes
        self.note = note
    }

    /// Parses the file, strictly. What parses re-encodes to the same bytes.
    package init(parsing bytes: Bytes) throws(NoteError) {
        guard let blank = bytes.blankLine else { throw .malformed }
        var lines = bytes[..<blank].split(separator: 10, omittingEmptySubsequences: false)[...]
        guard lines.popFirst().map(Array.init) == Array(Self.header.utf8), var line = lines.popFirst() else {
            throw .malformed
        }
        var extra: Bytes?
        if line.starts(with: Array("extra ".utf8)) {
            guard let text = String(validating: Array(line.dropFirst(6)), as: UTF8.self),
                let blob = try? Base64.decode(text), !blob.isEmpty, let next = lines.popFirst()
            else { throw .malformed }
            extra = blob
            line = next
        }
        guard line.starts(with: Array("index ".utf8)), let index = Decimal.parse(line.dropFirst(6)),
            lines.count <= Self.maximumHashes
        else { throw .malformed }
        var hashes: [Hash256] = []
        for line in lines {
            guard let hash = HashLine.parse(line) else { throw .malformed }
            hashes.append(hash)
        }
        let note = try SignedNote(checkpoint: bytes[(blank + 2)...])
        _ = try Checkpoint(parsing: note.text)
        self.init(extra: extra, index: index, hashes: hashes, note: note)
    }

    package var encoded: Bytes {
        var text = Array("\(Self.header)\n".utf8)
        if let extra { text += Array("extra \(Base64.encode(extra))\n".utf8) }
        text += Array("index \(index)\n".utf8) + hashes.flatMap { HashLine.encode($0) } + [10]
        return text + note.encoded
    }

    /// Returns the checkpoint, if the policy trusts it and the entry is in its tree at the index.
    package func verify(entry: Bytes, policy: CheckpointPolicy) throws(NoteError) -> VerifiedCheckpoint {
        let checkpoint = try policy.verify(note)
        guard
            Merkle.verifyInclusion(
                index: index.rawValue, size: checkpoint.size, leaf: Merkle.leafHash(entry), proof: hashes,
                root: checkpoint.root)
        else { throw .notIncluded }
        return checkpoint
    }
}

extension Bytes {
    /// The index of the first newline of the first pair of adjacent newlines: where the first blank line begins.
    var blankLine: Int? {
        indices.dropLast().first { self[$0] == 10 && self[$0 + 1] == 10 }
    }
}
