import Broker
import Foundation
import Keys
import Ledger
import Replica
import Rules
import Sealing

/// The honest servers of the copy, running in this process: a ledger with its cosigners, and every broker with its own
/// key, sub-keys and storage key, following that ledger from its charter on.
///
/// Every attempt has its own world, so no attempt spends another's budget.
struct CopiedWorld: Sendable {
    let pin: Pin
    let terms: CharterTerms
    let log: CopiedLog
    /// By the URLs that the charter names.
    let brokers: [String: Broker]
    let now: @Sendable () -> Milliseconds

    init(
        _ copy: StoreCopy, room: String, charter: CharterFile, custody: Custody, entries: [Bytes],
        now: @escaping @Sendable () -> Milliseconds
    ) async throws(CofferError) {
        self.pin = charter.pin
        self.now = now
        let state = CopiedLog.state(charter.pin, entries)
        self.terms = state.charter?.terms ?? charter.terms
        self.log = try CopiedLog(
            directory: "\(room)/ledger", origin: charter.origin, key: try custody.ledger(terms), terms: terms,
            custody: custody, entries: entries, now: now)
        var brokers: [String: Broker] = [:]
        for group in terms.groups {
            for seat in group.brokers {
                brokers[seat.url] = try await Self.broker(
                    seat, copy, room: "\(room)/\(seat.name)", key: try custody.broker(seat), pin: charter.pin,
                    source: log.source, now: now)
            }
        }
        self.brokers = brokers
    }

    private static func broker(
        _ seat: CharterTerms.Broker, _ copy: StoreCopy, room: String, key: OrgKeyFile, pin: Pin,
        source: DirectorySource, now: @escaping @Sendable () -> Milliseconds
    ) async throws(CofferError) -> Broker {
        let store = try SubKeyFiles(copy, room: room).store(of: seat.name, storageKeyOf: seat.name)
        let follower = Follower(
            of: pin, in: FollowerStorage(LedgerDirectory(TileDirectory(path: "\(room)/log")), in: room), from: [source],
            now: now)
        guard let sealingKey = key.sealingKey else {
            throw CofferError(.configuration, "The key of \(seat.name) in the copy is not a broker's.")
        }
        let broker = try Broker(
            noteKey: key.noteKey, sealingKey: sealingKey, origin: pin.origin, follower: follower, subKeys: store,
            stopDirectory: "\(room)/stops", now: now)
        try await broker.follow()
        return broker
    }
}

/// Copies of sub-key stores and storage keys, opened as a broker opens its own.
struct SubKeyFiles: Sendable {
    private let copy: StoreCopy
    private let room: String

    init(_ copy: StoreCopy, room: String) {
        self.copy = copy
        self.room = room
    }

    /// One broker's sub-keys opened with the storage key of `owner`; empty when that key does not open them.
    func store(of broker: String, storageKeyOf owner: String) throws(CofferError) -> SubKeyStore {
        let directory = "\(room)/sub-keys-\(broker)-\(owner)"
        do {
            try Folders.create(directory, mode: 0o700)
            if let file = copy.subKeyFile(of: broker) { try Folders.copy(file, to: "\(directory)/sub-keys") }
            try Folders.copy("\(copy.origin)/storage/\(owner)", to: "\(directory)/storage-key")
            return try SubKeyStore(directory: directory, slots: StorageKeyFile(path: "\(directory)/storage-key"))
        } catch {
            throw CofferError(
                .configuration, "The copy's sub-keys of \(broker) cannot be read with the storage key of \(owner).",
                hint: "The copy holds servers/\(broker) and storage/\(owner).")
        }
    }
}
