import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing

@testable import Audit

/// A scenario's entries as a log: in memory, or as files in a temporary folder.
struct ScenarioLog: EntrySource {
    static let cosigners = ["cosigner acme-1", "cosigner acme-2", "cosigner acme-3", "cosigner council-1", "north"]

    let entries: [Bytes]
    let checkpoint: SignedNote
    let pin: Pin

    /// The checkpoint signed by the ledger and these cosigners, one second after the last entry.
    init(_ scenario: Scenario, cosigners: [String] = Self.cosigners, signer: String = "ledger", size: Int? = nil) throws
    {
        entries = scenario.entries.prefix(size ?? scenario.entries.count).map(\.encoded)
        pin = Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: "http://ledger.example")
        var edge = TileEdge()
        _ = edge.append(entries)
        checkpoint = try Self.checkpoint(
            size: edge.size, root: edge.root, cosigners: cosigners, signer: signer,
            seconds: Seconds(scenario.entries.last?.stamp ?? 0) + 1)
    }

    private init(entries: [Bytes], checkpoint: SignedNote, pin: Pin) {
        self.entries = entries
        self.checkpoint = checkpoint
        self.pin = pin
    }

    /// The same entries under another checkpoint.
    func with(_ checkpoint: SignedNote) -> ScenarioLog {
        ScenarioLog(entries: entries, checkpoint: checkpoint, pin: pin)
    }

    static func checkpoint(
        size: UInt64, root: Hash256, cosigners: [String] = Self.cosigners, signer: String = "ledger", seconds: Seconds
    ) throws -> SignedNote {
        let text = Checkpoint(origin: Scenario.origin, size: SaturatingUInt64(rawValue: size), root: root).text
        var note = try SignedNote(text: text, signatures: [])
        if let ledger = NoteKey(name: Scenario.origin, kind: .ed25519, key: Scenario.publicKey(signer)) {
            note.add(ledger.sign(text, with: Scenario.key(signer)))
        }
        for name in cosigners {
            note.add(
                Cosignature.make(
                    text, by: NoteKey(cosigner: Scenario.publicKey(name)), with: Scenario.key(name), time: seconds))
        }
        return note
    }

    func checkpoint() async throws(CofferError) -> Bytes { checkpoint.encoded }

    func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        entries.dropFirst(Int(bundle) * 256).prefix(width).map { $0[...] }
    }

    var auditor: Auditor { Auditor(pin: pin, source: self) }

    /// The log's files; the caller removes the folder.
    func files() throws -> TileDirectory {
        let directory = TileDirectory(path: NSTemporaryDirectory() + "coffer-audit-\(UUID().uuidString)")
        var edge = TileEdge()
        for start in stride(from: 0, to: entries.count, by: 256) {
            try directory.write(edge.append(Array(entries[start..<min(start + 256, entries.count)])))
        }
        try directory.publish(checkpoint: checkpoint.encoded)
        return directory
    }
}

extension ServedLog {
    convenience init(_ log: ScenarioLog) {
        self.init()
        serve(log)
    }

    /// From now on this log; without one it is down.
    func serve(_ log: ScenarioLog?) {
        if let log { serve(log.entries, checkpoint: log.checkpoint) }
        isDown = log == nil
    }
}

extension Scenario {
    /// A release of these pages, and the week's index, of each person.
    mutating func read(_ programme: Programme, _ people: [String], pages: [Int]) throws -> Verdict {
        let week = PageID.week(Day(of: now - 86_400_000).monday)
        let ids = Dictionary(
            uniqueKeysWithValues: people.compactMap { name in
                programme.consents[name].map { ($0, [week] + pages.map(Scenario.page)) }
            })
        return submit(try release(programme.grant, ids), by: ["job"])
    }
}
