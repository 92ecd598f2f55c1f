import Client
package import Ledger
package import Logging
package import Messages
package import Replica
import Rules
package import Sealing
import ServiceLifecycle
package import Serving

/// An outside witness's opened folder: the last checkpoint that it cosigned, and the followed log.
///
///     lock   HEX/checkpoint (the checkpoint)   followed/ (all entries, and the newest checkpoint)   evidence/
///
/// It follows the log to know the ledger's key, because an amendment may name another one.
package struct WitnessServerContext: Sendable {
    package let witness: Witness
    private let follower: Follower
    private let origin: String
    private let firstTerms: CharterTerms
    private let stop: FatalStop
    private let logger: Logger
    private let interval: Duration
    private let now: @Sendable () -> Milliseconds

    /// Opens the folder, which must exist. The charter, or an amendment in the log, must name the key.
    package init(
        directory: String, key: SigningKey, charter: CharterFile, stop: FatalStop,
        transport: any HTTPTransport = HTTPConnection(timeout: 15), interval: Duration = .seconds(2), logger: Logger,
        now: @escaping @Sendable () -> Milliseconds
    ) async throws(CofferError) {
        let ledgerKey = try charter.ledgerKey
        do throws(Witness.WitnessError) {
            self.witness = try Witness(
                key: key, logs: [charter.origin: [ledgerKey]], tolerance: charter.terms.tolerance, directory: directory,
                now: now)
        } catch {
            throw CofferError(opening: error, directory: directory)
        }
        self.follower = Follower(
            of: charter.pin,
            in: FollowerStorage(LedgerDirectory(TileDirectory(path: directory + "/followed")), in: directory),
            from: NamedSources(charter.terms, transport: transport), retention: .needed, now: now)
        (self.origin, self.firstTerms, self.stop) = (charter.origin, charter.terms, stop)
        (self.logger, self.interval, self.now) = (logger, interval, now)
        if let followed = try await follower.replay() { witness.follow(followed, now: now()) }
        let own = NoteKey(cosigner: key.publicKey)
        if charter.terms.cosigners.contains(own) { return }
        let state = try await follower.follow().state
        guard [state.charter?.terms, state.announced?.terms].contains(where: { $0?.cosigners.contains(own) == true })
        else {
            throw CofferError(
                .configuration, "Neither the charter nor an amendment names this witness.",
                hint: "Name the charter that does with --charter, or have the amendment logged first.")
        }
        await update()
    }

    /// Whether the stamps of a checkpoint's new entries allow a cosignature.
    package func isTimely(_ note: SignedNote) async -> Bool { await follower.isTimely(note, by: firstTerms) }

    private func update() async {
        if let followed = await follower.followed { witness.follow(followed, now: now()) }
    }
}

extension WitnessServerContext: Service {
    /// Follows the log until the process shuts down.
    package func run() async throws {
        let loop = FollowingLoop(stop: stop, logger: logger, interval: interval)
        await FollowingLoop.untilShutdown {
            await loop(failingAt: { _ in .info }) { () async throws(CofferError) in
                // An announced ledger key can come into force without a new entry.
                await update()
                _ = try await follower.follow()
                await update()
            }
        }
    }
}

extension CofferError {
    /// The error for a witness's store that cannot be opened.
    package init(opening error: Witness.WitnessError, directory: String) {
        switch error {
        case .file(let error):
            self.init(.configuration, "The witness's folder \(directory) cannot be used: \(error).")
        case .corrupt:
            self.init(
                .tampering, "The stored checkpoint in \(directory) was not cosigned by this key.",
                hint: "Use the folder and the key that belong together; never an older copy of either.")
        }
    }
}
