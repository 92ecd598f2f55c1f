package import Ledger
package import Sealing

/// Where a follower keeps the entries that it has followed, and the newest head over exactly them.
package protocol FollowerStore: Sendable {
    /// The newest head, nil before the first.
    func head() throws(CofferError) -> SignedNote?
    /// Entries from an index on, in order; at most `count`.
    func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes]
    /// Appends entries after the first `size` and stores the head over all of them: durably, and all or nothing.
    ///
    /// False, and nothing is stored, when another process has moved the store on from `size`.
    func advance(from size: UInt64, appending entries: [Bytes], head: SignedNote) throws(CofferError) -> Bool
}

extension FollowerStore {
    /// How many entries a stored head covers.
    static func size(of head: SignedNote?) throws(CofferError) -> UInt64 {
        guard let head else { return 0 }
        guard let checkpoint = try? Checkpoint(parsing: head.text) else { throw .corruptStore }
        return checkpoint.size
    }
}

extension CofferError {
    /// What lies in a follower's store is not what a follower wrote.
    static let corruptStore = CofferError(
        .tampering, "The stored ledger is not as it was followed.", rule: "follower.store",
        hint: "Set it aside and follow the ledger anew.")
}
