import FoundationEssentials
package import Ledger
import Replica
package import Sealing

/// A text file with two checkpoints of one log, as followers write it. Anyone who has the charter can judge it offline.
package struct EvidenceFile: Sendable {
    /// The most amendments that a file may carry.
    package static let maximumAmendments = 64
    /// The size limit: text, checkpoints and the most amendments.
    private static let maximumCount =
        3 * SignedNote.maximumCheckpointCount + maximumAmendments * (SignedNote.maximumCount + 32)

    package let checkpoints: [SignedNote]
    /// The charter of the log that the file is about; nil in older files.
    package let charter: Hash256?
    /// The root of the larger tree at the smaller size, and the proof of consistency between the two.
    package let proof: (root: Hash256, hashes: [Hash256])?
    /// The amendments from the charter to the log's latest terms, in order; empty in older files.
    package let amendments: [SignedNote]

    /// Parses notes and an optional proof, separated by lines that begin with `====`, then the amendments, each below
    /// `==== an amendment ====`.
    package init(parsing bytes: Bytes) throws(CofferError) {
        guard bytes.count <= Self.maximumCount, let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.malformed
        }
        var sections = EvidenceSection.all(in: text)
        let first = sections.firstIndex { $0.title == EvidenceDirectory.amendmentTitle } ?? sections.count
        self.amendments = try Self.amendments(sections[first...])
        sections.removeSubrange(first...)
        guard (3...4).contains(sections.count) else { throw Self.malformed }
        var charter: Hash256?
        for line in sections[0].lines where line.hasPrefix("charter ") {
            guard charter == nil, let hash = try? Hash256(hex: String(line.dropFirst(8))) else { throw Self.malformed }
            charter = hash
        }
        self.charter = charter
        var checkpoints: [SignedNote] = []
        for section in sections[1...2] {
            guard let note = try? SignedNote(checkpoint: section.note) else { throw Self.malformed }
            checkpoints.append(note)
        }
        self.checkpoints = checkpoints
        self.proof = sections.count == 4 ? try Self.proof(sections[3].lines) : nil
    }

    /// The amendments, which end the file: no other section may follow one.
    private static func amendments(_ sections: ArraySlice<EvidenceSection>) throws(CofferError) -> [SignedNote] {
        guard sections.count <= maximumAmendments else {
            throw CofferError(
                .tampering, "This file holds more than \(maximumAmendments) amendments.", rule: "evidence.amendments")
        }
        var notes: [SignedNote] = []
        for section in sections {
            guard section.title == EvidenceDirectory.amendmentTitle, let note = try? SignedNote(parsing: section.note)
            else {
                throw malformed
            }
            notes.append(note)
        }
        return notes
    }

    private static func proof(_ lines: [Substring]) throws(CofferError) -> (root: Hash256, hashes: [Hash256]) {
        var hashes: [Hash256] = []
        for line in lines {
            guard hashes.count <= 64, let bytes = try? Base64.decode(String(line)), let hash = try? Hash256(bytes)
            else { throw malformed }
            hashes.append(hash)
        }
        guard let root = hashes.first else { throw malformed }
        return (root, Array(hashes.dropFirst()))
    }

    private static let malformed = CofferError(
        .tampering, "This file does not hold two checkpoints.", rule: "evidence.format")
}
