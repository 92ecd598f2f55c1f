import CofferTestKit
import Ledger
import LedgerServer
import Logging
import Rules
import Sealing
import Serving

/// The ledger's machine: the real sequencer on a simulated disk, driven step by step.
final class LedgerNode {
    private struct Pending {
        let letter: Letter
        let filing: Filing
        let box: AnswerBox
    }

    private(set) var disk = SimulatedDisk()
    private(set) var host: LedgerHost?
    private var pending: [Pending] = []
    var backups: [SimulatedDisk] = []
    /// Whether an older disk was ever put in.
    private(set) var wasRestored = false
    /// The newest disk, while an older one is in use.
    private(set) var setAside: SimulatedDisk?
    private var lastCheckpoint: Bytes?
    private var lastPublished: (bytes: Bytes, checkpoint: Checkpoint)?

    var isRunning: Bool { host != nil }

    func start(in world: World) async throws {
        guard host == nil, let charter = Cast.charterFile else { return }
        disk.start()
        var settings = Sequencer.Settings()
        settings.pooling = .zero
        settings.grace = .seconds(86_400)
        settings.retryInterval = 0
        let service = try await LedgerService(
            directory: "ledger", key: Cast.key(Cast.ledger), charter: charter,
            transport: world.bug.ledgerLink(
                world.network.link(from: Cast.ledger), clock: world.time.clock(of: Cast.ledger)),
            settings: settings,
            files: world.bug.files(of: Cast.ledger, on: disk),
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() },
            now: world.time.clock(of: Cast.ledger))
        let censored = world.censored
        let host = LedgerHost(service: service) { censored.contains($0) }
        self.host = host
        world.network.attach(host, as: Cast.ledger)
    }

    /// Takes a statement, which waits in the sequencer's queue.
    func receive(_ letter: Letter, _ filing: Filing, in world: World) async {
        guard let host else { return }
        if world.censored.contains(filing.bytes) { return world.trace("the ledger drops \(filing.label)") }
        pending.append(Pending(letter: letter, filing: filing, box: await host.submit(filing.bytes)))
        await collect(in: world)
    }

    /// One turn of the sequencer: a batch, or a retry, or an idle checkpoint.
    func turn(in world: World) async {
        guard let host else { return }
        do {
            try await host.service.sequencer.turn()
        } catch {
            world.trace("the ledger fails")
            return await stop(in: world)
        }
        await collect(in: world)
    }

    /// Sends the answers that the sequencer has given.
    func collect(in world: World) async {
        guard let host else { return }
        // The number of answers equals the number of statements that left the sequencer.
        let held = await host.service.sequencer.outstanding
        while pending.count(where: { $0.box.result == nil }) > held { await Task.yield() }
        for done in pending {
            guard let result = done.box.result else { continue }
            switch result {
            case .success(let answer):
                world.oracle.logged(done.filing, answer, world)
                world.send(.appended(done.filing, .success(answer)), from: Cast.ledger, to: done.letter.from)
            case .failure(let error):
                let failure = AppendFailure(what: (error as? ServerFailure)?.error.rule ?? "unavailable")
                world.send(.appended(done.filing, .failure(failure)), from: Cast.ledger, to: done.letter.from)
            }
        }
        pending.removeAll { $0.box.result != nil }
    }

    /// The process dies in the middle of its next turn, or at once.
    func crash(at operation: Int, in world: World) async {
        guard let host else { return }
        disk.start(.kill(before: operation))
        try? await host.service.sequencer.turn()
        await stop(in: world)
    }

    /// The machine loses its power. Waiting clients get no answer.
    private func stop(in world: World) async {
        guard let host else { return }
        disk.start(.kill(before: 0))
        for _ in 0..<LedgerHost.turns where await host.service.sequencer.outstanding > 0 {
            try? await host.service.sequencer.turn()
        }
        pending = []
        self.host = nil
        world.network.attach(nil, as: Cast.ledger)
        disk.cutPower(seed: world.random.next())
    }

    func backUp(seed: UInt64) {
        let copy = SimulatedDisk(copying: disk)
        copy.cutPower(seed: seed)
        backups.append(copy)
    }

    /// An older disk is put in by mistake.
    func restore(_ backup: SimulatedDisk) {
        if setAside == nil { setAside = disk }
        wasRestored = true
        disk = SimulatedDisk(copying: backup)
    }

    /// The mistake is corrected: the newest disk comes back, unless the older one has published a larger checkpoint
    /// meanwhile.
    func putBack() {
        disk.start()
        setAside?.start()
        if let setAside, Self.published(on: setAside)?.size ?? 0 >= Self.published(on: disk)?.size ?? 0 {
            disk = setAside
        }
        setAside = nil
    }

    /// The entries under the disk's committed checkpoint, if the checkpoint has changed since the last call.
    func newEntries() -> [Bytes]? {
        guard host != nil, let checkpoint = try? disk.read("ledger/head"), checkpoint != lastCheckpoint else {
            return nil
        }
        lastCheckpoint = checkpoint
        guard let note = try? SignedNote(parsing: checkpoint), let checkpoint = try? Checkpoint(parsing: note.text)
        else {
            return nil
        }
        return try? TileDirectory(path: "ledger", files: disk)
            .entries(bundle: 0, width: Int(clamping: checkpoint.size)).map(Array.init)
    }

    /// The published checkpoint.
    var published: Checkpoint? {
        guard host != nil, let bytes = try? disk.read("ledger/checkpoint") else { return nil }
        if bytes != lastPublished?.bytes { lastPublished = Self.published(on: disk).map { (bytes, $0) } }
        return lastPublished?.checkpoint
    }

    private static func published(on disk: SimulatedDisk) -> Checkpoint? {
        guard let bytes = try? disk.read("ledger/checkpoint"), let note = try? SignedNote(parsing: bytes) else {
            return nil
        }
        return try? Checkpoint(parsing: note.text)
    }
}
