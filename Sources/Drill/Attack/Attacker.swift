import Job
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// The ledger as an attacker with a job's key uses it. The attacker knows the whole state and ignores refusals: it asks
/// the brokers even if the ledger refused.
struct Attacker: JobLedger {
    /// What the attacker does with a release.
    enum Logging: Sendable {
        /// Logged and cosigned.
        case honest
        /// Signed and kept.
        case none
        /// Written into the ledger's files with its key, without a cosignature.
        case withoutWitnesses
    }

    let world: CopiedWorld
    /// Signs releases and asks.
    let key: SigningKey
    let logging: Logging
    /// Consents and grants that the attacker knows; the brokers may know fewer.
    let knowledge: LedgerState

    func follow() async throws(CofferError) -> any LedgerView {
        KnowingView(view: StateView(knowledge, now: world.now()), job: key.publicKey)
    }

    func release(
        _ parts: [Release.Part], id: ID128, under grant: Hash256, to recipient: SealingPublicKey
    ) async throws(CofferError) -> (hash: Hash256, entry: UInt64) {
        let release = Release(
            heading: Heading(origin: world.pin.origin, id: id, until: world.now() + 1_800_000), grant: grant,
            recipient: recipient, consents: parts)
        let note = try SignedNote.message(release.text, by: key)
        let entry: UInt64 =
            switch logging {
            case .honest: try world.log.append(note, cosigned: true)
            case .withoutWitnesses: try world.log.append(note, cosigned: false)
            case .none: 0
            }
        return (note.hash, entry)
    }
}

/// The true state, in which every grant seems to belong to the attacker.
private struct KnowingView: LedgerView {
    let view: StateView
    let job: VerifyingKey

    var origin: String { view.origin }
    var tree: (size: UInt64, root: Hash256?) { view.tree }
    var now: Milliseconds { view.now }

    func liveGrant(_ hash: Hash256) throws(CofferError) -> GrantTerms {
        let grant = try view.liveGrant(hash)
        return GrantTerms(
            hash: grant.hash, entry: grant.entry, purpose: grant.purpose, job: job, kinds: grant.kinds,
            apps: grant.apps, days: grant.days)
    }

    func liveConsents(to purpose: Hash256) throws(CofferError) -> [ConsentTerms] {
        try view.liveConsents(to: purpose)
    }

    func ending(of consent: Hash256) -> CofferError? { view.ending(of: consent) }
    func isErased(_ page: PageID, consent: Hash256) -> Bool { view.isErased(page, consent: consent) }
    func releases(under grant: Hash256) -> [LoggedRelease] { view.releases(under: grant) }
    func idsLeft(under grant: Hash256) -> UInt64 { view.idsLeft(under: grant) }
    func lastEnding(to purpose: Hash256) -> CofferError? { view.lastEnding(to: purpose) }
}
