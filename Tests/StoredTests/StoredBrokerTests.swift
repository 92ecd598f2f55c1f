import Audit
import Broker
import BrokerServer
import CofferTestKit
import Keyholder
import Keys
import Ledger
import Logging
import Replica
import Rules
import Sealing
import Testing
import Vault

/// Every broker's folder, opened as its server opens it.
@Suite("Stored broker")
struct StoredBrokerTests {
    static let brokers = ["acme-1", "acme-2", "acme-3", "council-1"]

    @Test("The folder of a broker opens", arguments: brokers)
    func aBrokersFolderOpens(_ name: String) async throws {
        let stored = try StoredVault("servers/ledger", "servers/\(name)", "storage", "org")
        defer { withExtendedLifetime(stored) {} }
        let context = try await Self.context(stored, name)
        let followed = try #require(await context.broker.follower.followed)
        let log = try await StoredLogTests.replay(stored, remembering: [followed.checkpoint.size])
        let reached = try #require(log.reached[followed.checkpoint.size])
        #expect(followed.checkpoint.root == reached.root)
        #expect(followed.state.digest == reached.state.digest)
        // It signed that state, and would start from it.
        let note = try #require(context.states.note())
        let signed = context.states.load(pin: stored.charter.pin, retention: .needed)
        #expect(try #require(signed).size >= 20)
        #expect(try note.signers() == [context.broker.key])
        #expect(!context.broker.subKeys.setAside)
        // A revoke that it was handed, and that the ledger has yet to log.
        #expect(context.broker.counts.stops == 1)
    }

    /// One consent of three is live: the sub-keys of the others are destroyed.
    @Test("A broker evaluates the partials that the identity derives", arguments: brokers)
    func aBrokerEvaluatesThePartialsThatTheIdentityDerives(_ name: String) async throws {
        let stored = try StoredVault("servers/ledger", "servers/\(name)", "storage", "org", "employee")
        defer { withExtendedLifetime(stored) {} }
        let seed = try stored.seed()
        let consent = try #require(try stored.open(seed).consents().first { $0.purposeName == "completion" })
        let pseudonym = seed.pseudonym(consent.number).publicKey
        let root = ReplicatedPRF.consentRoot(seed.consentRoot(), pseudonym: pseudonym)
        let (id, page) = try #require(consent.pages.first { $0.value.isPublished })
        let x = ReplicatedPRF.x(
            consent: consent.consent, page: id, kind: page.kind.rawValue, app: page.app.string, day: page.day)

        let log = try await StoredLogTests.replay(stored)
        let group = try #require(log.state.rosters[consent.roster]?.first { $0.brokers.contains { $0.name == name } })
        let place = try #require(group.brokers.firstIndex { $0.name == name })
        let shape = try GroupShape(name: group.name, threshold: group.threshold, count: group.brokers.count)

        let broker = try await Self.context(stored, name).broker
        #expect(broker.subKeys.consents == [consent.consent])
        let subKeys = try #require(broker.subKeys.subKeys(of: consent.consent))
        #expect(subKeys.map(\.mask) == shape.masks(heldBy: place))
        for subKey in subKeys {
            let derived = ReplicatedPRF.subKey(
                root: root, roster: consent.roster, group: group.name, mask: subKey.mask)
            #expect(ReplicatedPRF.partial(key: subKey.key, x: x) == ReplicatedPRF.partial(key: derived, x: x))
        }
    }

    static func context(_ stored: StoredVault, _ name: String) async throws -> BrokerServerContext {
        let now = stored.now
        return try await BrokerServerContext(
            directory: "\(stored.path)/servers/\(name)", key: try OrgKeyFile(readingFrom: "\(stored.path)/org/\(name)"),
            charter: stored.charter, storageKey: "\(stored.path)/storage/\(name)", transport: ScriptedTransport(),
            logger: Logger(label: "stored"), now: { now })
    }
}
