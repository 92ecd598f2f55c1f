package import Broker
package import Client
import Files
package import Keys
package import Ledger
package import Logging
package import Messages
package import Replica
import Rules
package import Sealing
import Serving

/// A broker's opened folder, with everything that its server uses.
///
///     lock   ledger/ (all entries followed, and the newest checkpoint)   state/ (its signed states)
///     witness/   stops/   sub-keys   evidence/
///
/// The storage key is on another medium.
///
/// The module BrokerServer puts HTTP around the module Broker, which judges asks and keeps sub-keys without any
/// network. It imports Broker, Replica, Client, Keys and Serving.
///
/// `BrokerServerContext` opens the folder and has the routes, `BrokerService` follows the ledger and submits the
/// broker's own statements, `BrokerMetrics` counts requests, and `StorageKeyMove` rotates the storage key while the
/// broker is stopped.
///
/// It promises that one process uses the folder at a time, and that the broker signs a receipt only for what is on its
/// disk.
package struct BrokerServerContext: Sendable {
    package let broker: Broker
    package let witness: Witness
    package let log: TileDirectory
    /// The signed charter that the broker was started with.
    package let charter: Bytes
    /// The terms of that charter, used before anything was followed.
    let firstTerms: CharterTerms
    private let transport: any HTTPTransport
    let now: @Sendable () -> Milliseconds
    /// The newest state that the broker signed.
    package let states: SignedSnapshotFile
    /// The lock that reserves the folder for this process.
    private let lock: any Sendable

    /// Opens the folder, which must exist, and replays the log that was followed before.
    package init(
        directory: String, key: OrgKeyFile, charter: CharterFile, storageKey: String,
        transport: any HTTPTransport = HTTPConnection(timeout: 15), logger: Logger,
        now: @escaping @Sendable () -> Milliseconds
    ) async throws(CofferError) {
        guard key.role == .broker, let cosigner = key.cosignerKey, let sealingKey = key.sealingKey else {
            throw CofferError(.configuration, "This is the key of a \(key.role.rawValue), not of a broker.")
        }
        let ledgerKey = try charter.ledgerKey
        self.lock = try Self.lock(directory)
        self.charter = charter.note.encoded
        self.now = now
        self.log = TileDirectory(path: directory + "/ledger")
        self.firstTerms = charter.terms
        self.transport = transport
        do throws(Witness.WitnessError) {
            self.witness = try Witness(
                key: cosigner, logs: [charter.origin: [ledgerKey]], tolerance: charter.terms.tolerance,
                directory: directory + "/witness", now: now)
        } catch {
            throw CofferError(
                .configuration, "The checkpoints that this broker has cosigned cannot be read.",
                hint: "Restore the folder's witness/; without it this broker could cosign a fork.")
        }
        let own = key.noteKey.publicKey
        self.states = SignedSnapshotFile(
            directory: directory + "/state", key: key.noteKey, origin: charter.origin, now: now)
        let follower = Follower(
            of: charter.pin, in: FollowerStorage(LedgerDirectory(log), in: directory, snapshots: states),
            from: NamedSources(charter.terms, without: own, transport: transport), retention: .needed, now: now)
        let subKeys = try Self.subKeys(directory: directory, storageKey: storageKey)
        if subKeys.setAside {
            logger.say(.warning, .subKeysSetAside)
        }
        self.broker = try Broker(
            noteKey: key.noteKey, sealingKey: sealingKey, origin: charter.origin, follower: follower, subKeys: subKeys,
            stopDirectory: directory + "/stops", now: now)
        try await broker.replay()
        if !charter.terms.brokers.contains(where: { $0.noteKey == own }) {
            let state = try await broker.follow().state
            guard state.names(broker: own) else {
                throw CofferError(
                    .configuration, "Neither the charter nor an amendment names a broker with this key.",
                    rule: "charter.broker",
                    hint: "Start it with the key that the charter names, or have the amendment logged first.")
            }
        }
        await witnessFollows()
    }

    /// The ledger as it was last followed.
    package func ledger(_ followed: Followed?) -> LedgerClient {
        LedgerClient(followed?.state, else: firstTerms.ledgerURL, transport: transport)
    }

    /// Tells the broker's witness what the broker has followed.
    package func witnessFollows() async {
        if let followed = await broker.follower.followed { witness.follow(followed, now: now()) }
    }

    /// The newest state to sign. Nil until the broker has followed the ledger after its start; otherwise laptops would
    /// start from the state of the day on which it stopped, until the next one is due.
    package var dueState: LedgerSnapshot? {
        get async {
            guard broker.hasSyncedSinceStart, let snapshot = await broker.follower.snapshot,
                states.isDue(size: snapshot.size)
            else { return nil }
            return snapshot
        }
    }

    private static func lock(_ directory: String) throws(CofferError) -> any Sendable {
        do throws(FileError) { return try DiskFileSystem().lock(directory + "/lock") } catch {
            throw CofferError(.configuration, "The folder \(directory) cannot be used: \(error).")
        }
    }

    /// Opens the sub-keys. A storage key is created only if no sub-keys are sealed under another one.
    private static func subKeys(directory: String, storageKey path: String) throws(CofferError) -> SubKeyStore {
        let file = StorageKeyFile(path: path)
        do {
            if !file.exists {
                guard !DurableFile.exists(directory + "/sub-keys") else {
                    throw CofferError(
                        .configuration, "There is no storage key at \(path), but the sub-keys need it.",
                        hint:
                            "Name the medium it lies on; if it is lost, remove \(directory)/sub-keys: deposits are made again."
                    )
                }
                try file.create()
            }
            return try SubKeyStore(directory: directory, slots: file)
        } catch let error as CofferError {
            throw error
        } catch SubKeyStoreError.rotating {
            throw CofferError(
                .configuration, "A rotation of the storage key was interrupted.",
                hint: "Finish it: run the same `coffer serve rotate-storage-key` again.")
        } catch StorageKeyError.malformed, SubKeyStoreError.storageKey(.malformed) {
            throw CofferError(.configuration, "\(path) is not a storage key.")
        } catch {
            throw CofferError(
                .configuration, "The sub-keys or their storage key cannot be opened.",
                hint: "Check \(directory) and \(path): both must exist and be writable.")
        }
    }
}

extension LedgerState {
    /// Whether an earlier, current or announced charter names this broker.
    fileprivate func names(broker key: VerifyingKey) -> Bool {
        (charters.map(\.terms) + [announced?.terms].compactMap(\.self)).contains { terms in
            terms.brokers.contains { $0.noteKey == key }
        }
    }
}
