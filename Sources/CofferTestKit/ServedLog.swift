package import Ledger
import Messages
import Replica
import Rules
package import Sealing
import Synchronization

/// A log that a test writes and others follow, as an `EntrySource` or over HTTP. It can be down, go back, or serve a
/// checkpoint that does not belong to its entries.
package final class ServedLog: EntrySource {
    private struct Served {
        var entries: [Bytes] = []
        var checkpoint: Bytes?
        var handovers: [Int: Bytes] = [:]
        var isDown = false
    }

    private let served = Mutex(Served())

    /// Without a checkpoint it is down until something is served.
    package init() {}

    package convenience init(_ scenario: Scenario, at time: Milliseconds? = nil) throws {
        self.init()
        try serve(scenario, at: time)
    }

    /// The scenario's entries under a checkpoint over the first `size` of them, cosigned at a time by everyone or by
    /// these.
    package func serve(
        _ scenario: Scenario, at time: Milliseconds? = nil, size: Int? = nil, cosigners: [String]? = nil
    ) throws {
        let checkpoint = try scenario.checkpoint(size: size, at: time ?? scenario.now, cosigners: cosigners)
        serve(scenario.entries.map(\.encoded), checkpoint: checkpoint)
    }

    /// Any entries under any checkpoint.
    package func serve(_ entries: [Bytes], checkpoint: SignedNote, handovers: [Int: SignedNote] = [:]) {
        served.withLock {
            $0.entries = entries
            $0.checkpoint = checkpoint.encoded
            $0.handovers = handovers.mapValues(\.encoded)
        }
    }

    /// A log with an amendment, and what hands it over, if anything.
    package func serve(_ log: AmendedLog, _ checkpoint: SignedNote, handover: SignedNote? = nil) {
        serve(
            log.scenario.entries.map(\.encoded), checkpoint: checkpoint, handovers: handover.map { [0: $0] } ?? [:])
    }

    /// Another checkpoint over the same entries, not necessarily a note.
    package func serve(checkpoint: Bytes) { served.withLock { $0.checkpoint = checkpoint } }

    /// Damages entries under the same checkpoint.
    package func change(_ body: (inout [Bytes]) -> Void) { served.withLock { body(&$0.entries) } }

    package var checkpoint: Bytes? { served.withLock(\.checkpoint) }

    package var isDown: Bool {
        get { served.withLock { $0.isDown || $0.checkpoint == nil } }
        set { served.withLock { $0.isDown = newValue } }
    }

    // MARK: Over HTTP

    /// The file at a path below the log's address; nil if it does not exist.
    package func file(_ path: String) -> Bytes? {
        let served = served.withLock { $0 }
        if path == "checkpoint" { return served.checkpoint }
        if let tile = TilePath(parsing: path) {
            guard tile.level != nil else {
                let entries = Self.entries(tile, of: served.entries)
                return entries.count == tile.width ? EntryBundle.encode(entries) : nil
            }
            return Self.hashes(tile, of: served.entries).map(HashTile.encode)
        }
        let parts = path.split(separator: "/")
        guard parts.count == 3, parts[0] == "charters", parts[2] == "checkpoint" else { return nil }
        return Int(parts[1]).flatMap { served.handovers[$0] }
    }

    /// The log's routes on a network; unreachable while it is down.
    package var answer: ScriptedTransport.Answer {
        { request in self.isDown ? nil : .file(self.file(request.path)) }
    }

    // MARK: EntrySource

    package func checkpoint() async throws(CofferError) -> Bytes {
        guard let checkpoint = served.withLock({ $0.isDown ? nil : $0.checkpoint }) else {
            throw CofferError(.tryLater, "The ledger is down.")
        }
        return checkpoint
    }

    package func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        let tile = TilePath(level: nil, index: bundle, width: width)
        return Self.entries(tile, of: served.withLock(\.entries)).map { $0[...] }
    }

    package func hashes(_ tile: TilePath) async throws(CofferError) -> [Hash256] {
        guard let hashes = Self.hashes(tile, of: served.withLock(\.entries)) else {
            throw CofferError(.notFound, "There is no such tile.")
        }
        return hashes
    }

    package func handover(charter: Int) async throws(CofferError) -> Bytes {
        guard let checkpoint = served.withLock({ $0.handovers[charter] }) else {
            throw CofferError(.notFound, "There is no such checkpoint.")
        }
        return checkpoint
    }

    private static func entries(_ tile: TilePath, of entries: [Bytes]) -> ArraySlice<Bytes> {
        entries.dropFirst(Int(tile.index) * TilePath.fullWidth).prefix(tile.width)
    }

    /// Of complete runs of entries only: 256 to the power of the level.
    private static func hashes(_ tile: TilePath, of entries: [Bytes]) -> [Hash256]? {
        guard let level = tile.level, level < 4 else { return nil }
        let span = 1 << (TilePath.height * level)
        let first = Int(tile.index) * TilePath.fullWidth * span
        guard first + tile.width * span <= entries.count else { return nil }
        return (0..<tile.width).map { number in
            let start = first + number * span
            return HashTile.root(entries[start..<start + span].map { Merkle.leafHash($0) }[...])
        }
    }
}
