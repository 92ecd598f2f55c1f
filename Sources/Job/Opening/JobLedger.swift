package import Rules
package import Sealing

/// The ledger as a job uses it.
package protocol JobLedger: Sendable {
    /// Follows the ledger to its newest checkpoint.
    func follow() async throws(CofferError) -> any LedgerView
    /// Logs a release of these ids, whose answers are sealed to `recipient`, and waits until a quorum has cosigned it.
    /// `id` are its 16 bytes.
    func release(
        _ parts: [Release.Part], id: ID128, under grant: Hash256, to recipient: SealingPublicKey
    ) async throws(CofferError) -> (hash: Hash256, entry: UInt64)
    /// The entries that erased pages under these consents, as far as the ledger's entries are at hand.
    func erasures(of pages: [Hash256: Set<PageID>]) async throws(CofferError) -> [PageID: UInt64]
}

extension JobLedger {
    /// A ledger whose entries are not at hand tells none.
    package func erasures(of pages: [Hash256: Set<PageID>]) async throws(CofferError) -> [PageID: UInt64] { [:] }
}

/// The state at one checkpoint.
package protocol LedgerView: Sendable {
    var origin: String { get }
    /// The followed tree; its root if a checkpoint was followed to it.
    var tree: (size: UInt64, root: Hash256?) { get }
    /// The later of the last entry's time and this machine's clock.
    var now: Milliseconds { get }
    /// The grant, if it and its purpose are live and nothing is halted. Throws `.refused` with the rule and the entry
    /// that ended it.
    func liveGrant(_ hash: Hash256) throws(CofferError) -> GrantTerms
    /// The live consents to a purpose, ascending by hash.
    func liveConsents(to purpose: Hash256) throws(CofferError) -> [ConsentTerms]
    /// Why a consent is not live; nil if it is live.
    func ending(of consent: Hash256) -> CofferError?
    func isErased(_ page: PageID, consent: Hash256) -> Bool
    /// The accepted releases under a grant.
    func releases(under grant: Hash256) -> [LoggedRelease]
    /// How many ids a job may still name today under a grant and its purpose.
    func idsLeft(under grant: Hash256) -> UInt64
    /// Why the consent to a purpose that ended most recently did end: it tells a job that it is too late.
    func lastEnding(to purpose: Hash256) -> CofferError?
}
