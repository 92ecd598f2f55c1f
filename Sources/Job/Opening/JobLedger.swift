package import Sealing

/// The ledger as a job uses it.
package protocol JobLedger: Sendable {
    /// Follows the ledger to its newest head.
    func follow() async throws(CofferError) -> any LedgerView
    /// Appends a release and waits until the quorum has cosigned it.
    func release(_ request: ReleaseRequest) async throws(CofferError) -> LoggedRelease
}

/// The state at one head.
package protocol LedgerView: Sendable {
    var origin: String { get }
    /// The later of the last entry's time and this machine's clock.
    var now: Milliseconds { get }
    /// A grant that is live, under a purpose that is live, with nothing halted; throws `.refused` with the rule and
    /// the entry that ended it.
    func liveGrant(_ hash: Hash256) throws(CofferError) -> GrantTerms
    /// The live consents to a purpose, ascending.
    func liveConsents(to purpose: Hash256) throws(CofferError) -> [ConsentTerms]
    /// Why a consent is not live, if it is not.
    func ending(of consent: Hash256) -> CofferError?
    func isErased(_ page: PageID, consent: Hash256) -> Bool
    /// How many ids may still be named today under a grant and its purpose.
    func idsLeft(under grant: Hash256) -> UInt64
    /// Why the consent to a purpose that ended last did: for telling a job that it comes too late.
    func lastEnding(to purpose: Hash256) -> CofferError?
}

/// What a release will name.
package struct ReleaseRequest: Sendable {
    package struct Part: Hashable, Sendable {
        package let consent: Hash256
        /// Ascending.
        package let ids: [PageID]
    }

    package static let maximumIDs = 1_000
    package static let maximumConsents = 128

    package let grant: Hash256
    package let recipient: SealingPublicKey
    /// Consents ascending.
    package let parts: [Part]

    /// Positions in order: consents ascending, ids ascending in each.
    package var positions: [(consent: Hash256, id: PageID)] {
        parts.flatMap { part in part.ids.map { (part.consent, $0) } }
    }
}

/// An accepted release.
package struct LoggedRelease: Hashable, Sendable {
    package let hash: Hash256
    package let entry: UInt64

    package init(hash: Hash256, entry: UInt64) {
        self.hash = hash
        self.entry = entry
    }
}
