import CofferTestKit
import Files
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// Entries as auditors list them, and the proofs of single ones.
@Suite("Entries")
struct EntryReaderTests {
    private struct Listed {
        let scenario: Scenario
        let log: SignedLog
        let files: TileDirectory
        let known: KnownLog

        var reader: EntryReader { EntryReader(known, from: DirectorySource(files)) }

        func indices(_ range: Range<UInt64> = 0..<1_000, _ change: (inout EntryFilter) -> Void = { _ in }) async throws
            -> [UInt64]
        {
            var filter = EntryFilter()
            change(&filter)
            var found: [UInt64] = []
            try await reader.list(range, filter) { found.append($0.index) }
            return found
        }
    }

    private func listed() async throws -> Listed {
        var scenario = Scenario()
        _ = scenario.programme()
        scenario.now += 1_000
        scenario.submit(scenario.halt(), by: ["security"])
        scenario.append([1])
        scenario.grow(by: 520)
        let log = try SignedLog(scenario)
        let known = try await log.auditor.known(by: nil, evidence: EvidenceDirectory(path: "."))
        return Listed(scenario: scenario, log: log, files: try log.files(), known: known)
    }

    @Test("Ranges, types, signers and times select; both passes over a bundle's border are whole")
    func filters() async throws {
        let listed = try await listed()
        defer { try? FileManager.default.removeItem(atPath: listed.files.path) }
        let size = UInt64(listed.log.entries.count)
        #expect(try await listed.indices() == Array(0..<size))
        #expect(try await listed.indices(254..<258) == [254, 255, 256, 257])
        #expect(try await listed.indices(size - 1..<size) == [size - 1])
        #expect(try await listed.indices(size..<size + 5).isEmpty)
        #expect(try await listed.indices { $0.type = "consent" } == [3, 4])
        #expect(try await listed.indices { $0.type = "halt" } == [6])
        #expect(try await listed.indices { $0.signer = "security" } == [0, 6])
        #expect(try await listed.indices { $0.signer = "privacy (reviewer)" } == [0, 2, 5])
        #expect(try await listed.indices { $0.signer = "reviewer" }.isEmpty)
        let bob = Scenario.publicKey("bob").hex
        #expect(try await listed.indices { $0.signer = String(bob.prefix(8)) } == [4])
        #expect(try await listed.indices { $0.signer = String(bob.prefix(3)) }.isEmpty)
        let halted = listed.scenario.entries[6].stamp
        #expect(try await listed.indices { $0.until = halted } == Array(0..<6))
        #expect(try await listed.indices(0..<8) { $0.since = halted } == [6, 7])
        #expect(try await listed.indices { $0.since = .max }.isEmpty)
    }

    @Test("The proof of every entry carries it, and verifies without anything else")
    func proofs() async throws {
        let listed = try await listed()
        defer { try? FileManager.default.removeItem(atPath: listed.files.path) }
        let policy = try #require(listed.scenario.terms.checkpointPolicy(origin: Scenario.origin))
        let size = UInt64(listed.log.entries.count)
        let reader = listed.reader
        for index in [0, 1, 255, 256, 511, 512, size - 1] {
            let proof = try TlogProof(parsing: try await reader.proof(index).encoded)
            let leaf = try #require(proof.extra)
            #expect(leaf == listed.log.entries[Int(index)] && proof.index.rawValue == index)
            #expect(try proof.verify(entry: leaf, policy: policy).size == size)
        }
        await #expect(throws: CofferError(.notFound, "")) { try await reader.proof(size) }
    }

    @Test("An entry that is not in the tree is tampering, wherever in its bundle it stands, and so is a false tile")
    func falseEntries() async throws {
        let listed = try await listed()
        defer { try? FileManager.default.removeItem(atPath: listed.files.path) }
        let disk = DiskFileSystem()
        let size = listed.log.entries.count
        for (name, range) in [("tile/entries/000", 0..<256), ("tile/entries/002.p/\(size - 512)", 512..<size)] {
            let path = "\(listed.files.path)/\(name)"
            let bytes = try #require(try disk.read(path, atMost: 1 << 24))
            for place in [0, range.count / 2, range.count - 1] {
                var entries = Array(listed.log.entries[range])
                entries[place][entries[place].count - 1] ^= 1
                try Durable().write(EntryBundle.encode(entries), to: path)
                await #expect(throws: CofferError(.tampering, "", rule: "entries.root"), "\(name) \(place)") {
                    try await listed.indices()
                }
                await #expect(throws: CofferError(.tampering, "", rule: "entries.root")) {
                    try await listed.reader.proof(UInt64(range.lowerBound + place))
                }
            }
            try Durable().write(bytes, to: path)
        }
        let tile = "\(listed.files.path)/tile/0/001"
        var hashes = try #require(try disk.read(tile, atMost: 1 << 24))
        hashes[100 * 32] ^= 1
        try Durable().write(hashes, to: tile)
        await #expect(throws: CofferError(.tampering, "", rule: "entries.root")) {
            try await listed.indices(300..<301)
        }
    }
}
