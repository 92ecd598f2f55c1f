import Broker
import HTTPTypes
import Ledger
import LedgerServer
import Messages
import Sealing
import Serving
import Synchronization

/// Serves the files of a log, as every server with a log does.
func serve(_ path: String, of log: TileDirectory) -> HTTPReply? {
    if path == "checkpoint" {
        guard let checkpoint = try? log.checkpoint() else { return HTTPReply(status: 503, body: []) }
        return HTTPReply(status: 200, body: checkpoint)
    }
    if path.hasPrefix("charters/"), let number = path.split(separator: "/").dropFirst().first.flatMap({ Int($0) }),
        let checkpoint = try? log.handover(charter: number)
    {
        return HTTPReply(status: 200, body: checkpoint)
    }
    guard let tile = TilePath(parsing: path), let bytes = try? log.read(tile) else {
        return HTTPReply(status: 404, body: [])
    }
    return HTTPReply(status: 200, body: bytes)
}

/// A witness's `add-checkpoint`; the observer learns what it signs.
struct WitnessHost: Host {
    let name: String
    let witness: Witness
    let seen: Cosigned
    /// Looks at the stamps of new entries; a C2SP witness sees none.
    var isTimely: @Sendable (SignedNote) async -> Bool = { _ in true }

    func get(_ path: String) async -> HTTPReply? {
        guard "/" + path == Witness.checkpointPath(Cast.origin) else { return HTTPReply(status: 404, body: []) }
        let checkpoint = witness.checkpoint(under: Witness.directoryName(Cast.origin))
        return checkpoint.map { HTTPReply(status: 200, body: $0) } ?? HTTPReply(status: 404, body: [])
    }

    func post(_ path: String, _ body: Bytes) async -> HTTPReply? {
        guard path == "add-checkpoint" else { return HTTPReply(status: 404, body: []) }
        guard let reply = try? await witness.addCheckpoint(body, when: isTimely) else { return nil }
        if reply.status == 200 { seen.add(reply.body, to: body, by: name) }
        return HTTPReply(status: reply.status, body: reply.body)
    }
}

/// A broker as other servers see it: its witness and the log that it followed.
struct BrokerHost: Host {
    let name: String
    let witness: WitnessHost
    let log: TileDirectory
    let answering: any Answering
    let stops: HandedStops

    func get(_ path: String) async -> HTTPReply? {
        if "/" + path == Witness.checkpointPath(Cast.origin) { return await witness.get(path) }
        return serve(path, of: log)
    }

    func post(_ path: String, _ body: Bytes) async -> HTTPReply? {
        guard path == "stop" else { return await witness.post(path, body) }
        let result = await Result.of { () throws(BrokerRefusal) in try await answering.stop(body) }
        switch result {
        case .success(let receipt):
            stops.add(body, to: name, isSigned: true)
            return HTTPReply(status: 200, body: receipt)
        case .failure(let refusal):
            // It may have obeyed before it failed.
            stops.add(body, to: name, isSigned: false)
            return HTTPReply(
                status: refusal.error.code == .refused ? 403 : 503,
                body: CanonicalJSON.object(ErrorReply(refusal.error).members).encoded)
        }
    }
}

/// The ledger's server. A statement that a broker submits is sequenced at once.
struct LedgerHost: Host {
    let service: LedgerService
    /// Whether the ledger's operator leaves this statement out.
    let censors: @Sendable (Bytes) -> Bool

    /// More batches than a simulation's queue can need.
    static let turns = 16

    func get(_ path: String) async -> HTTPReply? { serve(path, of: service.tiles) }

    func post(_ path: String, _ body: Bytes) async -> HTTPReply? {
        guard path == "append" else { return HTTPReply(status: 404, body: []) }
        if censors(body) { return HTTPReply(status: 503, body: []) }
        let box = await submit(body)
        // A batch ends at an amendment, so statements behind one need another turn.
        for _ in 0..<Self.turns where await service.sequencer.outstanding > 0 { try? await service.sequencer.turn() }
        return await box.answer().reply
    }

    /// Submits a statement to the sequencer; returns when it is queued or answered.
    func submit(_ body: Bytes) async -> AnswerBox {
        let sequencer = service.sequencer
        let box = AnswerBox()
        let before = await sequencer.outstanding
        Task {
            do { box.fill(.success(try await sequencer.append(body))) } catch { box.fill(.failure(error)) }
        }
        while box.result == nil, await sequencer.outstanding == before { await Task.yield() }
        return box
    }
}

/// Receives the answer to an append.
final class AnswerBox: Sendable {
    private let content = Mutex<Result<AppendAnswer, any Error>?>(nil)

    var result: Result<AppendAnswer, any Error>? { content.withLock { $0 } }
    func fill(_ result: Result<AppendAnswer, any Error>) { content.withLock { $0 = result } }

    func answer() async -> Result<AppendAnswer, any Error> {
        while true {
            if let result { return result }
            await Task.yield()
        }
    }
}

extension Result where Success == AppendAnswer {
    var reply: HTTPReply {
        switch self {
        case .success(let answer): HTTPReply(status: 200, body: answer.json.encoded)
        case .failure(let error as ServerFailure): HTTPReply(status: error.status.code, body: error.json.encoded)
        case .failure: HTTPReply(status: 500, body: [])
        }
    }
}

/// All cosignatures with their times; the observer's knowledge of quorums.
final class Cosigned: Sendable {
    struct Head: Hashable, Sendable {
        let size: SaturatingUInt64
        let root: Hash256
    }

    private let times = Mutex<[Head: [String: Set<Seconds>]]>([:])

    /// A cosigner's answer to an `add-checkpoint`.
    func add(_ line: Bytes, to body: Bytes, by name: String) {
        guard let request = try? AddCheckpoint(parsing: body),
            let note = try? SignedNote(parsing: request.note.text + [10] + line)
        else { return }
        add(note, by: name)
    }

    func add(_ note: SignedNote, by name: String) {
        guard let checkpoint = try? Checkpoint(parsing: note.text) else { return }
        for time in note.signatures.compactMap(Cosignature.claimedTime) {
            times.withLock { times in
                _ = times[Head(size: checkpoint.size, root: checkpoint.root), default: [:]][name, default: []].insert(
                    time)
            }
        }
    }

    /// When each cosigner signed this checkpoint, in seconds.
    func signers(of size: UInt64, _ root: Hash256) -> [String: Set<Seconds>] {
        times.withLock { $0[Head(size: SaturatingUInt64(rawValue: size), root: root)] ?? [:] }
    }

    /// Every checkpoint, and who signed it.
    var checkpoints: [Head: Set<String>] { times.withLock { $0.mapValues { Set($0.keys) } } }
}
