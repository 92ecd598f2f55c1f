package import Ledger
package import Sealing

/// Where a statement stands in the ledger and how it was judged.
package struct Appended: Hashable, Sendable {
    package let index: UInt64
    /// The entry's time.
    package let time: Milliseconds
    /// Whether the ledger had taken the statement before; then `proof` is of the earlier entry.
    package let isDuplicate: Bool
    /// A head that holds it, cosigned by the quorum.
    package let head: SignedNote
    package let proof: [Hash256]

    package init(index: UInt64, time: Milliseconds, isDuplicate: Bool, head: SignedNote, proof: [Hash256]) {
        self.index = index
        self.time = time
        self.isDuplicate = isDuplicate
        self.head = head
        self.proof = proof
    }
}

/// Takes statements for the log: a ledger's server, or a test's own log.
package protocol LedgerAppender: Sendable {
    /// Logs a statement and waits until a quorum has cosigned it.
    ///
    /// A statement that the rules refuse throws `.refused` with the rule and the entry; a ledger or quorum that cannot be
    /// reached throws `.tryLater`.
    func append(_ note: SignedNote) async throws(CofferError) -> Appended
}

extension CofferError {
    /// Judged and refused: the statement stands in the log as evidence, and sending it again changes nothing. One that was
    /// turned away at the door, by whoever stands before the ledger perhaps, has no entry.
    package var isJudged: Bool { code == .refused && entry != nil }
}
