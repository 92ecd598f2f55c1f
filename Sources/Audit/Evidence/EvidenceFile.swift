import FoundationEssentials
package import Ledger
package import Sealing

/// Two heads of one log in a text file, as followers leave it: anyone who has the charter can judge it offline.
package struct EvidenceFile: Sendable {
    package let heads: [SignedNote]
    /// The charter of the log that it is about; older files do not say.
    package let charter: Hash256?
    /// The smaller tree's root as the larger tree has it, and the proof of consistency between the two.
    package let proof: (root: Hash256, hashes: [Hash256])?

    /// What two heads prove against whoever signed them.
    package enum Verdict: Hashable, Sendable {
        /// The ledger signed two trees, one of which does not begin with the other at this size; these cosigners
        /// signed both.
        case twoHistories(size: UInt64, cosigners: [NoteKey])
        /// These cosigners signed the smaller head after the larger one.
        case wentBack([NoteKey])
        /// Both may be true of one log; only its entries can tell.
        case undecided
    }

    /// Notes, and a proof perhaps, between lines that begin with `====`.
    package init(parsing bytes: Bytes) throws(CofferError) {
        guard bytes.count <= 3 * SignedNote.maximumHeadCount, let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.malformed
        }
        var sections: [[Substring]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("====") { sections.append([]) } else { sections[sections.count - 1].append(line) }
        }
        guard (3...4).contains(sections.count) else { throw Self.malformed }
        sections = sections.map { Array($0.reversed().drop { $0.isEmpty }.reversed()) }
        var charter: Hash256?
        for line in sections[0] where line.hasPrefix("charter ") {
            guard charter == nil, let hash = try? Hash256(hex: String(line.dropFirst(8))) else { throw Self.malformed }
            charter = hash
        }
        self.charter = charter
        var heads: [SignedNote] = []
        for lines in sections[1...2] {
            guard let note = try? SignedNote(head: Array((lines.joined(separator: "\n") + "\n").utf8)) else {
                throw Self.malformed
            }
            heads.append(note)
        }
        self.heads = heads
        self.proof = sections.count == 4 ? try Self.proof(sections[3]) : nil
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
        .tampering, "This file does not hold two heads.", rule: "evidence.format")

    /// Judges by the charter's keys alone. A head that the ledger did not sign proves nothing against it.
    ///
    /// Two sizes are decided by the proof. Its hashes are subtrees of the larger tree: they give the larger head's
    /// root, so no others can stand there, and the smaller root that they give is the only one which a log with that
    /// larger head ever had at the smaller size. If it is not the smaller head's, no log has both.
    package func judge(_ policy: CheckpointPolicy, charter: Hash256? = nil) throws(CofferError) -> Verdict {
        if let known = self.charter, let charter, known != charter {
            throw CofferError(
                .no, "This evidence is about the log of another charter: it proves nothing here.",
                rule: "evidence.charter", hint: "Name that log's charter with --charter.")
        }
        var verified: [VerifiedCheckpoint] = []
        for head in heads {
            do throws(NoteError) { verified.append(try policy.verifySignatures(head)) } catch {
                throw CofferError(
                    .no, "One of the heads is not signed by the ledger: it proves nothing.", rule: "evidence.signature")
            }
        }
        let (a, b) = verified[0].size <= verified[1].size ? (verified[0], verified[1]) : (verified[1], verified[0])
        if contradicts(a, b) {
            let both = a.cosignatures.keys.filter { b.cosignatures[$0] != nil }
            return .twoHistories(size: a.size, cosigners: both.sorted { $0.name < $1.name })
        }
        if a.size == b.size { return .undecided }
        let back = a.cosignatures.filter { key, time in b.cosignatures[key].map { time > $0 } ?? false }
        return back.isEmpty ? .undecided : .wentBack(back.keys.sorted { $0.name < $1.name })
    }

    /// Whether no log can have both heads; `a` is the smaller one.
    private func contradicts(_ a: VerifiedCheckpoint, _ b: VerifiedCheckpoint) -> Bool {
        if a.size == b.size { return a.root != b.root }
        guard let proof, a.size > 0, proof.root != a.root else { return false }
        return Merkle.verifyConsistency(
            from: a.size, to: b.size, oldRoot: proof.root, newRoot: b.root, proof: proof.hashes)
    }
}
