import Client
package import Files
import HTTPTypes
package import Hummingbird
package import Ledger
package import Logging
package import Messages
package import Replica
import Rules
package import Sealing
package import Serving

/// The ledger's server: a log, its state, and the routes over both.
///
/// The module LedgerServer runs the ledger, restores a lost one and runs an outside witness. It imports Rules to judge,
/// Ledger to write the log, Replica to follow, Client to reach cosigners, and Serving.
///
/// `LedgerService` opens the folder, `Admission` checks a statement before it is queued, `Sequencer` is the only
/// writer, `Cosigners` collects cosignatures, and `LedgerRestore` makes a lost folder again. `WitnessServerContext` is
/// an outside witness.
///
/// It promises that an append is answered with an entry only after the entry is durable and a quorum has cosigned its
/// checkpoint; without a quorum nothing is published.
package struct LedgerService: Sendable {
    package let sequencer: Sequencer
    package let tiles: TileDirectory
    package let stop: FatalStop
    /// The size of the state from which this start went on; zero after a replay of everything.
    let startedFrom: UInt64
    /// Keeps states, from which a restart goes on.
    package let keeper: StateKeeper
    private let charter: Bytes

    /// Opens the log in a folder and replays it on all cores. It signs nothing: the sequencer does, once it runs.
    package init(
        directory: String, key: SigningKey, charter: CharterFile,
        transport: any HTTPTransport = HTTPConnection(timeout: 5),
        settings: Sequencer.Settings = .init(), files: any FileSystem = DiskFileSystem(),
        metrics: Metrics = Metrics(), logger: Logger,
        now: @escaping @Sendable () -> Milliseconds
    ) async throws(CofferError) {
        let states = SignedSnapshotFile(
            directory: directory + "/state", key: key, origin: charter.origin, files: files, now: now)
        let replaying = Replaying(logger: logger, now: now)
        var log = Self.start(from: states, charter.pin, TileDirectory(path: directory, files: files))
        startedFrom = log.size
        let former = try await Self.formerKeys(
            of: key.publicKey, charter: charter, in: TileDirectory(path: directory, files: files), replayedInto: &log,
            replaying)
        let writer: LogWriter
        do throws(LogError) {
            writer = try LogWriter(origin: charter.origin, key: key, former: former, directory: directory, files: files)
        } catch {
            throw CofferError(opening: error, directory: directory)
        }
        if writer.size == 0 {
            // Whether its `until` has passed is judged when cosigners have confirmed the time.
            let stamp = min(now(), charter.charter.heading.until ?? .max)
            try Self.requireBeginning(charter, at: stamp, state: log.state)
        }
        try await Self.replay(writer.tiles, to: writer.size, into: &log, replaying)
        let state = log.state
        self.tiles = writer.tiles
        self.charter = charter.note.encoded
        self.stop = FatalStop()
        let figures = LedgerMetrics(metrics)
        self.sequencer = Sequencer(
            writer: writer, charter: charter, state: state, published: try Self.published(writer, state),
            cosigners: Cosigners(
                transport: transport, figures: figures, logger: logger, grace: settings.grace),
            settings: settings, stop: stop, counts: figures, logger: logger, now: now)
        keeper = StateKeeper(sequencer: sequencer, states: states, logger: logger)
        figures.read(sequencer, in: metrics)
    }

    /// The state that this ledger signed last, if the published log in this folder goes on from it; else the empty one.
    ///
    /// The published checkpoint counts by the tiles here, which the writer checks against the committed one.
    private static func start(from states: SignedSnapshotFile, _ pin: Pin, _ tiles: TileDirectory) -> LogReplay {
        let empty = LogReplay(pin: pin, retention: .needed)
        guard let snapshot = states.load(pin: pin, retention: .needed), let bytes = try? tiles.checkpoint(),
            let note = try? SignedNote(checkpoint: bytes), let checkpoint = try? Checkpoint(parsing: note.text),
            snapshot.size <= checkpoint.size.rawValue,
            (try? tiles.tree(size: checkpoint.size.rawValue).root(at: snapshot.size)) == snapshot.root
        else { return empty }
        return LogReplay(from: snapshot)
    }

    /// The earlier keys of this log, by the charters in it. Throws if neither the charter nor an amendment in the
    /// published log names this key; to check this, the published log is replayed.
    private static func formerKeys(
        of key: VerifyingKey, charter: CharterFile, in tiles: TileDirectory, replayedInto log: inout LogReplay,
        _ replaying: Replaying
    ) async throws(CofferError) -> [VerifyingKey] {
        if key == charter.terms.ledgerKey { return [] }
        let other = CofferError(
            .configuration, "Neither the charter nor an amendment in the log names this key as the ledger's.",
            hint: "Name the ledger's key file with --key.")
        guard let bytes = try? tiles.checkpoint(), let note = try? SignedNote(checkpoint: bytes),
            let checkpoint = try? Checkpoint(parsing: note.text)
        else { throw other }
        try await replay(tiles, to: checkpoint.size.rawValue, into: &log, replaying)
        let state = log.state
        let keys = state.charters.map(\.terms.ledgerKey) + [state.announced?.terms.ledgerKey].compactMap(\.self)
        guard keys.contains(key) else { throw other }
        return keys.filter { $0 != key }
    }

    /// Throws if the charter cannot be entry 0 of a new log. It is logged later, when the cosigners have said that they
    /// know of no log.
    private static func requireBeginning(_ charter: CharterFile, at stamp: Milliseconds, state: LedgerState)
        throws(CofferError)
    {
        var attempt = state
        if case .refused(let refusal) = attempt.apply(Entry(stamp: stamp, note: charter.note.encoded)) {
            throw CofferError(charterRefused: refusal)
        }
    }

    /// Replays the entries that were not replayed yet.
    private static func replay(
        _ tiles: TileDirectory, to size: UInt64, into log: inout LogReplay, _ replaying: Replaying
    ) async throws(CofferError) {
        guard log.size <= size else {
            throw CofferError(.tampering, "The log is shorter than its published checkpoint.")
        }
        let reader = BundleReader { bundle, width throws(CofferError) in
            do throws(TileError) { return try tiles.entries(bundle: bundle, width: width) } catch {
                throw CofferError(
                    .tampering, "A bundle of the log's entries is missing or damaged.",
                    hint: "Set the folder aside, and restore the ledger with coffer serve restore-ledger.")
            }
        }
        let other = CofferError(
            .configuration, "The log in this folder belongs to another charter.",
            hint: "Name its charter with --charter, or an empty folder with --dir.")
        var place = log.size
        var said = replaying.now()
        do throws(CofferError) {
            try await log.append(from: reader, to: size) { _, _ throws(CofferError) in
                place += 1
                replaying.say(place, of: size, since: &said)
            }
        } catch {
            throw error.rule == "charter.pin" ? other : error
        }
        guard size == 0 || log.state.charter != nil else { throw other }
    }

    /// The published checkpoint, if a quorum of the charter in force cosigned it.
    private static func published(_ writer: LogWriter, _ state: LedgerState) throws(CofferError) -> (
        SignedNote, UInt64
    )? {
        guard let bytes = try? writer.tiles.checkpoint(), let note = try? SignedNote(checkpoint: bytes),
            let policy = state.charter?.terms.checkpointPolicy(origin: state.origin),
            let checkpoint = try? policy.verify(note)
        else { return nil }
        return (note, checkpoint.size)
    }

    /// Adds `POST /append` and the routes of every log.
    package func addRoutes(to router: some RouterMethods) {
        router.addLogRoutes(tiles, charter: charter)
        router.post("append") { request, _ in
            let body = try await request.body(atMost: SignedNote.maximumCount)
            return Response.json(try await sequencer.append(body).json)
        }
    }
}

/// Says how far a replay is, as long as it lasts.
private struct Replaying {
    let logger: Logger
    let now: @Sendable () -> Milliseconds
    private static let interval: Milliseconds = 2_000

    /// Says it every two seconds, and not at all for a short replay.
    func say(_ place: UInt64, of size: UInt64, since said: inout Milliseconds) {
        guard place.isMultiple(of: 256), now() >= said + Self.interval else { return }
        said = now()
        logger.say(.notice, .replaying, [.count: .number(place), .size: .number(size)])
    }
}

extension CofferError {
    /// The error for a charter that the rules refuse as entry 0.
    init(charterRefused refusal: Refusal) {
        self.init(
            .configuration, "The charter cannot begin a ledger: \(refusal.message)", rule: refusal.rule,
            hint: "Have the charter signed again.")
    }

    /// The error for a log that cannot be opened.
    init(opening error: LogError, directory: String) {
        switch error {
        case .file(let error):
            self.init(.configuration, "The ledger's folder \(directory) cannot be used: \(error).")
        case .corrupt(let sentence):
            self.init(.tampering, sentence)
        case .restoring:
            self.init(
                .configuration, "A restoration of the ledger's folder \(directory) was interrupted.",
                hint: "Finish it: run the same `coffer serve restore-ledger` again.")
        case .notEmpty:
            self.init(
                .configuration, "The folder \(directory) holds a log; nothing in it was changed.",
                hint: "Name an empty folder with --dir.")
        case .headMoved, .badBatch, .notCommitted:
            self.init(writing: error)
        }
    }

    /// The error for a log that can no longer be written; the process stops with it.
    init(writing error: LogError) {
        switch error {
        case .file(let error):
            self.init(.configuration, "The ledger stops, because its folder cannot be written: \(error).")
        case .corrupt(let sentence): self.init(.tampering, sentence)
        case .headMoved:
            self.init(
                .configuration, "The ledger stops, because another process writes to its folder.",
                hint: "Run only one ledger in a folder.")
        case .badBatch, .notCommitted, .restoring, .notEmpty:
            self.init(.bug, "The ledger made an invalid batch.")
        }
    }
}
