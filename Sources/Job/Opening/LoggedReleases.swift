package import Rules
package import Sealing

/// A release that the ledger has accepted.
package struct LoggedRelease: Sendable {
    package let hash: Hash256
    package let entry: UInt64
    package let time: Milliseconds
    package let release: Release

    package init(hash: Hash256, entry: UInt64, time: Milliseconds, release: Release) {
        self.hash = hash
        self.entry = entry
        self.time = time
        self.release = release
    }
}

/// The releases of one epoch that brokers still answer, by the ids that they name.
struct LoggedReleases: Sendable {
    /// A release with the key that its answers are sealed to.
    struct Own: Sendable {
        let logged: LoggedRelease
        let recipient: SealingPrivateKey
    }

    /// How long before its end no ask about a release is begun.
    private static let margin: Milliseconds = 600_000

    private struct Name: Hashable {
        let consent: Hash256
        let id: PageID
    }

    private var own: [Own] = []
    private var places: [Name: (own: Int, at: UInt32)] = [:]

    /// None.
    init() {}

    /// Those of this secret.
    init(
        of secret: EpochSecret, under grant: Hash256, in view: any LedgerView
    ) throws(CofferError) {
        for logged in view.releases(under: grant).sorted(by: { $0.entry < $1.entry }) {
            let release = logged.release
            // The first of the two is quick; the second says that no one else made it.
            guard logged.time + Release.lifetime > view.now + Self.margin,
                secret.id(of: release.consents, under: grant, of: view.origin) == release.heading.id
            else { continue }
            let recipient = try secret.recipient(of: release.heading.id, under: grant, of: view.origin)
            guard Release.name(of: recipient.publicKey) == release.recipient else { continue }
            own.append(Own(logged: logged, recipient: recipient))
            var at: UInt32 = 0
            for part in release.consents {
                for id in part.ids {
                    places[Name(consent: part.consent, id: id)] = (own.count - 1, at)
                    at += 1
                }
            }
        }
    }

    /// The number of the release that names this id, and its position there; nil if it needs another release.
    func place(of target: Target) -> (number: Int, at: UInt32)? {
        places[Name(consent: target.consent.hash, id: target.id)].map { ($0.own, $0.at) }
    }

    subscript(number: Int) -> Own { own[number] }
}
