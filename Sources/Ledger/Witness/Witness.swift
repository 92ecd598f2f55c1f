package import Files
package import Sealing
import Synchronization

/// A witness: cosigns a log's checkpoints one after the other, as long as the log only grows.
///
/// One file per log holds the last cosigned checkpoint with that cosignature. Judging and storing are one step under
/// one lock; a cosignature is returned only after its checkpoint is on the disk. After a failed write the witness
/// cosigns nothing more.
package final class Witness: Sendable {
    package let key: NoteKey
    private let signingKey: SigningKey
    private let logs: Mutex<[String: [NoteKey]]>
    /// How far this clock may be below the last cosignature.
    private let tolerance: Mutex<Milliseconds>
    private let directory: String
    private let durable: Durable
    private let now: @Sendable () -> Milliseconds
    private let states: Mutex<States>
    /// Locks the directory for this process.
    private let lock: any Sendable

    private struct States {
        var last: [String: WitnessState] = [:]
        var failure: FileError?
    }

    /// The answer for the HTTP server.
    package struct Reply: Hashable, Sendable {
        package let status: Int
        package let contentType: String
        package let body: Bytes
    }

    package enum WitnessError: Error, Hashable, Sendable {
        case file(FileError)
        /// The stored checkpoint of this log is not one that this witness cosigned.
        case corrupt(origin: String)
    }

    /// Opens or makes a witness's store for these logs, each an origin with its keys. `tolerance` is how far clocks may
    /// be apart, as the charter says.
    package init(
        key: SigningKey, name: String? = nil, logs: [String: [NoteKey]], tolerance: Milliseconds = 120_000,
        directory: String, files: any FileSystem = DiskFileSystem(), now: @escaping @Sendable () -> Milliseconds
    ) throws(WitnessError) {
        let cosigner = NoteKey(cosigner: key.publicKey)
        self.key = name.flatMap { NoteKey(name: $0, kind: .cosignature, key: key.publicKey) } ?? cosigner
        self.signingKey = key
        self.logs = Mutex(logs)
        self.tolerance = Mutex(tolerance)
        self.directory = directory
        self.now = now
        let durable = Durable(files)
        self.durable = durable
        var states = States()
        do throws(FileError) {
            try durable.makeDirectories(directory)
            self.lock = try files.lock("\(directory)/lock")
        } catch {
            throw .file(error)
        }
        for origin in logs.keys.sorted() {
            states.last[origin] = try Self.load(origin, key: self.key, directory: directory, durable: durable)
        }
        self.states = Mutex(states)
    }

    /// Loads the stored checkpoint and writes it again: an interrupted process may have left it only in the page cache.
    private static func load(
        _ origin: String, key: NoteKey, directory: String, durable: Durable
    ) throws(WitnessError) -> WitnessState {
        let directory = "\(directory)/\(directoryName(origin))"
        let stored: Bytes?
        do throws(FileError) {
            try durable.makeDirectories(directory)
            try durable.removeTemporaries(in: directory)
            stored = try durable.files.read("\(directory)/checkpoint", atMost: SignedNote.maximumCheckpointCount)
            if let stored { try durable.write(stored, to: "\(directory)/checkpoint") }
        } catch {
            throw .file(error)
        }
        guard let stored else { return .empty }
        guard let note = try? SignedNote(checkpoint: stored), let checkpoint = try? Checkpoint(parsing: note.text),
            checkpoint.origin.hasSameBytes(as: origin),
            let time = note.signatures.lazy.compactMap({ Cosignature.time(of: $0, by: key, over: note.text) }).first
        else { throw .corrupt(origin: origin) }
        return WitnessState(size: checkpoint.size, root: checkpoint.root, time: time)
    }

    /// Lower-case hex of the SHA-256 of the origin (tlog-witness, "Monitor Retrieval Mechanism").
    package static func directoryName(_ origin: String) -> String { Hash256(of: origin.utf8).hex }

    /// The path, below a witness's URL, of the newest checkpoint of a log that it has cosigned.
    package static func checkpointPath(_ origin: String) -> String { "/\(directoryName(origin))/checkpoint" }

    /// The failed write that ended this witness, if any. Then the process must stop.
    package var failure: FileError? { states.withLock(\.failure) }

    /// The last checkpoint cosigned for the log, with its cosignature, by `directoryName` of its origin.
    package func checkpoint(under name: String) -> Bytes? {
        guard logs.withLock({ $0.keys.contains { Self.directoryName($0) == name } }) else { return nil }
        return states.withLock { _ in
            try? durable.files.read("\(directory)/\(name)/checkpoint", atMost: SignedNote.maximumCheckpointCount)
        }
    }

    /// Sets the keys that sign from now on for a log that this witness knows, and how far clocks may be apart.
    package func trust(_ keys: [NoteKey], for origin: String, tolerance: Milliseconds) {
        logs.withLock { if $0[origin] != nil { $0[origin] = keys } }
        self.tolerance.withLock { $0 = tolerance }
    }

    /// Sets the size and root that the log must extend, before this witness's first cosignature over entries. The
    /// checkpoint was followed and verified.
    package func begin(_ origin: String, size: SaturatingUInt64, root: Hash256) {
        states.withLock { states in
            guard let last = states.last[origin], last.size == 0 else { return }
            states.last[origin] = WitnessState(size: size, root: root, time: last.time)
        }
    }

    /// Answers `POST add-checkpoint` like `addCheckpoint(_:)`, for a witness that sees the entries: it cosigns only
    /// checkpoints that `isTimely` accepts. All else is judged first, so that only the log makes this witness look.
    package func addCheckpoint(_ body: Bytes, when isTimely: (SignedNote) async -> Bool) async throws(FileError)
        -> Reply
    {
        do throws(WitnessJudge.Refusal) {
            let (request, origin, keys) = try known(body)
            _ = try WitnessJudge.judge(request, keys: keys, last: states.withLock { $0.last[origin] ?? .empty })
            guard await isTimely(request.note) else { throw .notTimely }
        } catch {
            return Reply(refusal: error)
        }
        return try addCheckpoint(body)
    }

    /// Answers `POST add-checkpoint`. Throws only when the checkpoint could not be stored; then the server must not
    /// answer.
    package func addCheckpoint(_ body: Bytes) throws(FileError) -> Reply {
        do throws(WitnessJudge.Refusal) {
            let (request, origin, keys) = try known(body)
            let result = states.withLock { states -> Result<NoteSignature, any Error> in
                Result { try cosign(request, origin: origin, keys: keys, states: &states) }
            }
            switch result {
            case .success(let line): return Reply(status: 200, contentType: "text/plain", body: line.encoded)
            case .failure(let refusal as WitnessJudge.Refusal): throw refusal
            case .failure: break
            }
        } catch {
            return Reply(refusal: error)
        }
        throw failure ?? FileError(.write, code: 5)
    }

    /// The request, with the origin and the keys of a log that this witness knows.
    private func known(_ body: Bytes) throws(WitnessJudge.Refusal) -> (AddCheckpoint, origin: String, keys: [NoteKey]) {
        guard let request = try? AddCheckpoint(parsing: body),
            let origin = (try? Checkpoint(parsing: request.note.text))?.origin
        else { throw .malformed }
        // Compare the bytes, since a dictionary also finds other spellings.
        let known = logs.withLock { logs in logs.first { $0.key.hasSameBytes(as: origin) } }
        guard let known else { throw .unknownOrigin }
        return (request, origin, known.value)
    }

    private func cosign(
        _ request: AddCheckpoint, origin: String, keys: [NoteKey], states: inout States
    ) throws -> NoteSignature {
        if let failure = states.failure { throw failure }
        let last = states.last[origin] ?? .empty
        let accepted = try WitnessJudge.judge(request, keys: keys, last: last)
        let time = try WitnessJudge.time(
            now: Seconds(now()), last: last.time, tolerance: Seconds(tolerance.withLock(\.self)))
        let line = Cosignature.make(accepted.note.text, by: key, with: signingKey, time: time)
        var note = accepted.note
        note.add(line)
        do {
            try durable.write(note.encoded, to: directory + Self.checkpointPath(origin))
        } catch {
            states.failure = error
            throw error
        }
        states.last[origin] = WitnessState(size: accepted.checkpoint.size, root: accepted.checkpoint.root, time: time)
        return line
    }
}

extension Witness.Reply {
    init(refusal: WitnessJudge.Refusal) {
        let (type, text) =
            switch refusal {
            case .conflict(let size): ("text/x.tlog.size", "\(size)\n")
            case .malformed: ("text/plain", "malformed request\n")
            case .oldSizeTooLarge: ("text/plain", "the old size is above the checkpoint's\n")
            case .notTheLog: ("text/plain", "no valid signature by the log\n")
            case .unknownOrigin: ("text/plain", "unknown log\n")
            case .inconsistent: ("text/plain", "invalid consistency proof\n")
            case .clockIsBehind: ("text/plain", "this witness's clock is behind its last cosignature\n")
            case .notTimely:
                ("text/plain", "new entries are stamped ahead of this witness's clock, or are not served\n")
            }
        self.init(status: refusal.status, contentType: type, body: Array(text.utf8))
    }
}
