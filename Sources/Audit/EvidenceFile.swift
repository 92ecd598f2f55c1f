import FoundationEssentials
package import Ledger
package import Sealing

/// Two heads of one log in a text file, as followers leave it: anyone who has the charter can judge it offline.
package struct EvidenceFile: Sendable {
    package let heads: [SignedNote]

    /// What two heads prove against whoever signed them.
    package enum Verdict: Hashable, Sendable {
        /// One size, two roots: the ledger signed two histories.
        case twoHistories(size: UInt64)
        /// These cosigners signed the smaller head after the larger one.
        case wentBack([NoteKey])
        /// Both may be true of one log; only its entries can tell.
        case undecided
    }

    /// Notes between lines that begin with `====`.
    package init(parsing bytes: Bytes) throws(CofferError) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Self.malformed }
        var heads: [SignedNote] = []
        var section: [Substring]?
        func close() throws(CofferError) {
            guard let lines = section else { return }
            let trimmed = lines.reversed().drop { $0.isEmpty }.reversed()
            do { heads.append(try SignedNote(head: Array((trimmed.joined(separator: "\n") + "\n").utf8))) } catch {
                throw Self.malformed
            }
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("====") {
                try close()
                section = []
            } else {
                section?.append(line)
            }
        }
        try close()
        guard heads.count == 2 else { throw Self.malformed }
        self.heads = heads
    }

    private static let malformed = CofferError(
        .tampering, "This file does not hold two heads.", rule: "evidence.format")

    /// Judges by the charter's keys alone. A head that the ledger did not sign proves nothing against it.
    package func judge(_ policy: CheckpointPolicy) throws(CofferError) -> Verdict {
        var verified: [VerifiedCheckpoint] = []
        for head in heads {
            do throws(NoteError) { verified.append(try policy.verifySignatures(head)) } catch {
                throw CofferError(
                    .no, "One of the heads is not signed by the ledger: it proves nothing.", rule: "evidence.signature")
            }
        }
        let (a, b) = verified[0].size <= verified[1].size ? (verified[0], verified[1]) : (verified[1], verified[0])
        if a.size == b.size { return a.root == b.root ? .undecided : .twoHistories(size: a.size) }
        let back = a.cosignatures.filter { key, time in b.cosignatures[key].map { time > $0 } ?? false }
        return back.isEmpty ? .undecided : .wentBack(back.keys.sorted { $0.name < $1.name })
    }
}
