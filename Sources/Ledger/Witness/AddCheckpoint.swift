package import Sealing

/// The body of `POST add-checkpoint` (c2sp.org/tlog-witness@v1.0.0): the size the witness last cosigned, a proof of
/// consistency, an empty line and the log's signed checkpoint.
package struct AddCheckpoint: Hashable, Sendable {
    package static let maximumProof = 63

    package let oldSize: SaturatingUInt64
    package let proof: [Hash256]
    package let note: SignedNote

    package init(oldSize: SaturatingUInt64, proof: [Hash256], note: SignedNote) {
        self.oldSize = oldSize
        self.proof = proof
        self.note = note
    }

    /// Parses the body, strictly. What parses re-encodes to the same bytes.
    package init(parsing body: Bytes) throws(NoteError) {
        guard let blank = body.blankLine else { throw .malformed }
        let lines = body[..<blank].split(separator: 10, omittingEmptySubsequences: false)
        guard let first = lines.first, first.starts(with: Array("old ".utf8)),
            let oldSize = Decimal.parse(first.dropFirst(4)), lines.count - 1 <= Self.maximumProof
        else { throw .malformed }
        var proof: [Hash256] = []
        for line in lines.dropFirst() {
            guard let hash = HashLine.parse(line) else { throw .malformed }
            proof.append(hash)
        }
        self.init(oldSize: oldSize, proof: proof, note: try SignedNote(checkpoint: body[(blank + 2)...]))
    }

    package var encoded: Bytes {
        Array("old \(oldSize)\n".utf8) + proof.flatMap { HashLine.encode($0) } + [10] + note.encoded
    }
}

extension AddCheckpoint {
    /// The size that a 409 names: decimal and a newline, which older witnesses leave out.
    package static func conflictSize(_ body: Bytes) -> SaturatingUInt64? {
        Decimal.parse(body.last == 10 ? body.dropLast() : body[...])
    }
}
