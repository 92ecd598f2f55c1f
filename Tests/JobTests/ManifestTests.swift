import CofferTestKit
import Foundation
import Rules
import Sealing
import Testing

@testable import Job

/// What a stream says about itself.
@Suite("Manifests")
struct ManifestTests {
    /// One person with two days, of which one page is erased, and another with one.
    private func world() async throws -> (JobWorld, erased: Offer.Published) {
        let world = try JobWorld(["ada", "bob"])
        let next = JobWorld.monday + 1
        let pages = [
            try await world.page(.keys, "code", [Desk().type("one", at: 0), Desk().type("two", at: 60_000)]),
            try await world.page(.keys, "code", [Desk(day: next).type("three", at: 0)], day: next),
            try await world.page(.window, "code", [[Desk().title("secret", at: 0)]]),
        ]
        try await world.index(pages)
        world.erase(pages[2])
        try await world.index([try await world.page(.keys, "code", [Desk().type("b", at: 0)], of: "bob")], of: "bob")
        return (world, pages[2])
    }

    private func open(
        _ world: JobWorld, as format: SampleFormatName, shard: Shard = .whole
    ) async throws -> (bytes: Bytes, kept: [Manifest]) {
        let sink = MemorySink()
        var kept: [Manifest] = []
        let epoch = Epoch(ledger: world, brokers: world, lake: world.lake, job: world.job, shard: shard)
        _ = try await epoch.open(grant: world.grant, as: format.format(into: sink)) { manifest throws(CofferError) in
            kept.append(manifest)
        }
        return (sink.bytes, kept)
    }

    private func object(_ bytes: Bytes) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("A manifest names people, days, pages, samples, weeks, releases, and what was left out")
    func whole() async throws {
        let (world, erased) = try await world()
        let (bytes, kept) = try await open(world, as: .tar)
        let member = try #require(try OpenTar(bytes).members.last)
        #expect(member.name == "__manifest__" && kept.map(\.encoded) == [member.bytes])
        let manifest = try object(member.bytes)
        #expect(manifest["schema"] as? String == "coffer.manifest.v1")
        #expect(manifest["shard"] as? String == "0/1")
        let entry = try #require(world.state.grants[world.grant]?.mark.index)
        #expect(manifest["releases"] as? [Int] == [Int(entry) + 2, Int(entry) + 3])
        #expect((manifest["tree"] as? [String: Any])?["size"] as? Int == Int(world.state.size))
        let people = try #require(manifest["subjects"] as? [[String: Any]])
        let subjects = Subjects(job: world.job, grant: world.grant)
        let names = try ["ada", "bob"].map { subjects.subject(try #require(world.pseudonym(of: $0))) }
        #expect(people.compactMap { $0["subject"] as? String } == names.sorted())
        let ada = try #require(people.first { $0["subject"] as? String == names[0] })
        let days = try #require(ada["days"] as? [[String: Any]])
        #expect(days.map { $0["day"] as? String } == ["2026-11-23", "2026-11-24"])
        #expect(days.map { $0["pages"] as? Int } == [1, 1] && days.map { $0["samples"] as? Int } == [2, 1])
        #expect(ada["open"] as? [String] == ["2026-11-23"] && ada["closed"] as? [String] == [])
        let left = try #require(manifest["leftOut"] as? [[String: Any]])
        #expect(left.count == 1 && left.first?["page"] as? String == erased.line.page.hex)
        #expect(left.first?["rule"] as? String == "page.erased" && left.first?["subject"] as? String == names[0])
        // Neither content nor pseudonyms.
        let text = String(decoding: member.bytes, as: UTF8.self)
        for name in ["ada", "bob"] {
            let pseudonym = try #require(world.pseudonym(of: name))
            #expect(!text.contains(pseudonym.hex))
        }
    }

    @Test(
        "The hash is that of the bytes before the manifest, or of the whole stream",
        arguments: SampleFormatName.allCases)
    func hashes(_ format: SampleFormatName) async throws {
        let (world, _) = try await world()
        let (bytes, kept) = try await open(world, as: format)
        let written = try #require(kept.first?.written)
        #expect(written.hash == Hash256(of: Array(bytes.prefix(written.count))))
        let rest = bytes.count - written.count
        let manifest = kept[0].encoded.count
        switch format {
        case .jsonl: #expect(rest == 0)
        case .agentnet: #expect(rest == 1024)
        case .tar: #expect(rest == 512 + (manifest + 511) / 512 * 512 + 1024)
        }
    }

    @Test("A stream that fails has no manifest, and keeps none")
    func failed() async throws {
        let (world, _) = try await world()
        // After the pages have been asked for, before the last look.
        world.after(6) { $0.revoke("bob") }
        let sink = MemorySink()
        let epoch = Epoch(ledger: world, brokers: world, lake: world.lake, job: world.job)
        await #expect(throws: CofferError(.refused, "", rule: "revoked")) {
            _ = try await epoch.open(grant: world.grant, as: TarSamples(sink)) { _ throws(CofferError) in
                Issue.record("a stream that failed has a manifest")
            }
        }
        #expect(try !OpenTar(sink.bytes).members.contains { $0.name == "__manifest__" })
    }

    @Test("A manifest that cannot be kept ends the stream without its end")
    func notKept() async throws {
        let (world, _) = try await world()
        let sink = MemorySink()
        let epoch = Epoch(ledger: world, brokers: world, lake: world.lake, job: world.job)
        let full = CofferError(.configuration, "The disk is full.")
        await #expect(throws: full) {
            _ = try await epoch.open(grant: world.grant, as: TarSamples(sink)) { _ throws(CofferError) in throw full }
        }
        #expect(try !OpenTar(sink.bytes).hasTrailer)
    }

    @Test("A card has totals, and none of a few people")
    func card() async throws {
        let (world, _) = try await world()
        let (_, kept) = try await open(world, as: .jsonl)
        let manifest = try #require(kept.first)
        let text = String(decoding: DataCard(manifest).encoded, as: UTF8.self)
        #expect(text.contains("| people | fewer than 5 |") && text.contains("| pages | fewer than 5 |"))
        #expect(text.contains("| manifest | sha256:\(manifest.hash.hex) |"))
        #expect(!text.contains("2026-11-24") && manifest.people.values.allSatisfy { !text.contains($0.subject) })
        let people = (0..<6).map { "person \($0)" }
        let larger = try JobWorld(people)
        for person in people {
            let page = try await larger.page(.keys, "code", [Desk().type("a", at: 0)], of: person)
            try await larger.index([page], of: person)
        }
        let all = try #require(try await open(larger, as: .jsonl).kept.first)
        #expect(String(decoding: DataCard(all).encoded, as: UTF8.self).contains("| people | 6 |\n| pages | 6 |"))
    }
}
