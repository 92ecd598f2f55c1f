import Broker
import CofferTestKit
import Crypto
import Files
import Keyholder
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Vault

/// Builds the parts of the machines, with the planted bug or without.
struct Sabotage: Sendable {
    let bug: PlantedBug?

    init(_ bug: PlantedBug?) { self.bug = bug }

    /// A machine's files.
    func files(of machine: String, on disk: SimulatedDisk) -> any FileSystem {
        switch bug {
        case .forgottenStops where machine != Cast.ledger: ForgetfulFiles(disk: disk, loses: { $0.hasPrefix("stops/") })
        case .unsyncedKeys where machine != Cast.ledger: UnsyncedFiles(disk: disk, skips: { $0.hasPrefix("subkeys") })
        case .unsyncedLedger where machine == Cast.ledger: UnsyncedFiles(disk: disk, skips: { _ in true })
        default: disk
        }
    }

    /// The files in which a cosigner keeps its last checkpoint.
    func witnessFiles(of machine: String, on files: any FileSystem) -> any FileSystem {
        bug == .forgetfulWitness ? SimulatedDisk() : files
    }

    /// The part that takes a broker's asks and stops.
    func answering(_ broker: Broker, name: String, link: Link, clock: @escaping @Sendable () -> Milliseconds)
        -> any Answering
    {
        switch bug {
        case .skippedWindow, .skippedScope, .ignoredErase, .ignoredHalt, .staleCheckpoint, .oneCosigner, .anyJob,
            .otherRecipient, .askedRecipient, .forgottenBudget, .skippedTolerance, .receiptFirst:
            bug.map { CarelessBroker(bug: $0, name: name, broker: broker, link: link, clock: clock) } ?? broker
        case .relayedOpening, .sessionStops:
            CarelessSessions(
                isBlindToStops: bug == .sessionStops,
                careless: CarelessBroker(bug: .askedRecipient, name: name, broker: broker, link: link, clock: clock))
        default: broker
        }
    }

    /// Where a broker follows the log.
    func source(_ source: HTTPSource, clock: @escaping @Sendable () -> Milliseconds) -> any EntrySource {
        bug == .uncheckedHandover ? CarelessSource(source: source, clock: clock) : source
    }

    /// What the ledger hears of its cosigners.
    func ledgerLink(_ link: Link, clock: @escaping @Sendable () -> Milliseconds) -> any HTTPTransport {
        bug == .unaskedCosigners ? CarelessLedgerLink(link: link, clock: clock) : link
    }

    /// Whether a laptop drops a stop for what was answered in the ledger's place.
    func drops(_ heard: HeardAnswers) -> Bool {
        switch bug {
        case .believedDuplicate: heard.all.saidDuplicate
        case .droppedRefusal: heard.all.saidRefusedAtEntry
        default: false
        }
    }

    /// Whether a laptop says that these stops are effective.
    func isEffective(_ entry: OutboxEntry, by sender: StopSender, in state: LedgerState?) -> Bool {
        guard bug == .anyRoster, let state else { return sender.isEffective(entry) }
        let groups = state.rosters.values.flatMap { $0 }
        return entry.stops.allSatisfy { stop in groups.contains { $0.isStopped(by: Set(stop.receipts)) } }
    }

    /// What a broker does after it has followed.
    func settle(_ broker: Broker) async throws {
        guard bug == .ledgersClock, let state = await broker.follower.newest?.state else { return }
        let ended = broker.subKeys.consents.filter { state.hasEnded(consent: $0, at: state.clock) }
        if !ended.isEmpty { try broker.subKeys.destroy(Set(ended)) }
    }

    var leaksDeposits: Bool { bug == .openDeposit }

    /// F_c(x) as the keyholder makes it.
    func pageKey(root: SymmetricKey, roster: Hash256, groups: [GroupShape], consent: Hash256, x: Hash256)
        -> SymmetricKey
    {
        guard bug == .thinKey else {
            return ReplicatedPRF.pageKey(root: root, roster: roster, groups: groups, consent: consent, x: x)
        }
        let partials = groups.map { group in
            group.masks.dropFirst(group.threshold > 1 ? 1 : 0).map { mask in
                ReplicatedPRF.partial(
                    key: ReplicatedPRF.subKey(root: root, roster: roster, group: group.name, mask: mask), x: x)
            }
        }
        return ReplicatedPRF.combine(partials, consent: consent, x: x)
    }
}
