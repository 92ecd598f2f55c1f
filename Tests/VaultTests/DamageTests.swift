import CofferTestKit
import Files
import FoundationEssentials
import Rules
import Sealing
import Testing

@testable import Keyholder
@testable import Vault

/// One file of the vault that is damaged hinders neither the others nor a stop, and is kept.
@Suite("Damaged files")
struct DamageTests {
    private let world: World
    private let ann: Person

    init() throws { (world, ann) = try Person.withPurpose() }

    private func names(_ part: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(ann.directory.path)/\(part)").filter {
            !$0.hasPrefix(".")
        }
    }

    private static let junk = [Bytes(), [0], Array("{}".utf8), Bytes(repeating: 255, count: 100)]

    private func damage(_ part: String, _ name: String, _ junk: Bytes = [1, 2, 3]) throws {
        let path = "\(ann.directory.path)/\(part)/\(name)"
        try Data(junk).write(to: URL(fileURLWithPath: path))
    }

    @Test(
        "What is damaged is left out, set aside as it is, and named",
        arguments: ["pages", "cards", "outbox", "removals", "closing"])
    func setAside(part: String) throws {
        for (i, junk) in Self.junk.enumerated() where !(part == "closing" && junk.isEmpty) {
            try damage(part, "0000000\(i)00000000", junk)
        }
        let count = Self.junk.count - (part == "closing" ? 1 : 0)
        try ann.directory.recover()
        #expect(try ann.directory.offeredPages().isEmpty && ann.directory.cards().isEmpty)
        #expect(try ann.directory.outbox().isEmpty)
        #expect(try names(part).isEmpty)
        let damaged = ann.directory.damagedFiles()
        #expect(damaged.map(\.part.rawValue) == Array(repeating: part, count: count))
        for file in damaged {
            let i = try #require(Int(file.name.prefix(8)))
            #expect(try DurableFile.read("\(ann.directory.path)/\(file.place)", atMost: 1_000) == Self.junk[i])
        }
        // A second one of the same name does not take its place.
        try damage(part, "0000000100000000", [7])
        try ann.directory.recover()
        _ = try (ann.directory.offeredPages(), ann.directory.cards(), ann.directory.outbox())
        #expect(ann.directory.damagedFiles().count == count + 1)
    }

    @Test("A directory in the place of a file, and a file that is too large, are damage too")
    func notAFile() throws {
        try FileManager.default.createDirectory(
            atPath: ann.directory.path + "/pages/aa", withIntermediateDirectories: false)
        try damage("cards", "bb", Bytes(repeating: 32, count: RevocationCard.maximumCount + 1))
        #expect(try ann.directory.offeredPages().isEmpty && ann.directory.cards().isEmpty)
        #expect(Set(ann.directory.damagedFiles().map(\.place)) == ["damaged/pages-aa", "damaged/cards-bb"])
    }

    @Test("Reading, removing and revoking go on beside damaged notes, cards, stops and removals")
    func goesOn() async throws {
        let segment = try ann.record(5)
        let other = try ann.record(3, app: try AppName("mail"))
        try await ann.consent()
        try await ann.sync()
        for part in ["pages", "cards", "outbox", "removals"] { try damage(part, "ffffffffffffffff") }
        #expect(try ann.open.refresh(now: world.clock.now).segments.count == 2)
        // The damaged note could be that of a page which holds what is removed.
        #expect(try ann.directory.remove([other]).failure?.rule == "pages.damaged")
        let revoke = try #require(try ann.directory.cards().first?.revokes.first)
        #expect(try ann.directory.startRevoking(revoke).failure == nil)
        try await ann.sync()
        #expect(world.state.pseudonyms[revoke.pseudonym]?.revoked != nil)
        #expect(try ann.directory.segmentIDs() == [segment])
        // No page in force lacks its note, so the damaged one is no fault any more.
        #expect(Set(ann.directory.damagedFiles().map(\.part)) == [.cards, .outbox, .removals])
    }

    @Test("A page whose note is damaged is taken back by the next sync, and its segments are offered again")
    func lostNote() async throws {
        try ann.record(5)
        let consent = try await ann.consent()
        try await ann.sync()
        let page = try #require(try ann.directory.offeredPages().first)
        try damage("pages", page.id.hex)
        #expect(try ann.directory.remove([try ann.record(1)]).failure?.rule == "pages.damaged")
        try await ann.sync()
        #expect(world.state.erased(under: consent) == [page.id])
        #expect(ann.directory.damagedFiles().isEmpty)
        try await ann.sync()
        let next = try ann.directory.offeredPages()
        #expect(next.count == 1 && next[0].id != page.id)
        #expect(world.state.erased(under: consent) == [page.id])
        #expect(try ann.directory.outbox().isEmpty)
    }

    @Test("An erase that was damaged in the outbox is made again by the next sync")
    func lostErase() async throws {
        let segment = try ann.record(5)
        let consent = try await ann.consent()
        try await ann.sync()
        let page = try #require(try ann.directory.offeredPages().first)
        let name = try #require(try ann.directory.remove([segment]).outbox.first)
        try damage("outbox", name)
        try await ann.sync()
        #expect(world.state.erased(under: consent) == [page.id])
        #expect(try ann.directory.offeredPages().isEmpty)
    }

    @Test("A damaged card is made again by the next sync")
    func lostCard() async throws {
        try await ann.consent()
        let card = try #require(try ann.directory.cards().first)
        try damage("cards", card.revokes[0].pseudonym.hex)
        #expect(try ann.directory.cards().isEmpty)
        try await ann.sync()
        let again = try ann.directory.cards().flatMap(\.revokes)
        #expect(again.map(\.pseudonym) == card.revokes.map(\.pseudonym))
        #expect(ann.directory.damagedFiles().isEmpty)
    }

    @Test("A damaged record of a consent locks nobody out; nothing is offered under it")
    func lostRecord() async throws {
        try ann.record(5)
        try await ann.consent()
        let pseudonym = try #require(try ann.open.consents().first?.pseudonym)
        try damage("consents", pseudonym.hex)
        #expect(try ann.open.consents().isEmpty)
        #expect(ann.directory.damagedFiles().map(\.part) == [.consents])
        try await ann.sync()
        #expect(try ann.directory.offeredPages().isEmpty)
        #expect(try ann.directory.cards().count == 1)
    }

    @Test("With a damaged list of devices everything is shown and nothing is offered")
    func lostCertificates() async throws {
        try ann.record(5)
        try await ann.consent()
        try damage(".", "certificates")
        let found = try ann.open.refresh(now: world.clock.now)
        #expect(found.segments.count == 1)
        #expect(found.alarms.contains { $0.reason == .certificates })
        #expect(try ann.directory.remove(found.segments.map(\.id)).segments.count == 1)
    }

    @Test("An empty intent of a closing does not delete its journal")
    func emptyIntent() throws {
        let vault = try TemporaryVault()
        let name: String
        do {
            let file = try vault.journal(TemporaryVault.records(3))
            name = file.name
        }
        try DurableFile.write([], to: "\(vault.directory.path)/closing/\(name)")
        #expect(try vault.open.refresh(now: 1).adopted == 3)
    }

    @Test("A page of which a segment is gone is taken back, and none because of a directory that cannot be read")
    func goneSegments() async throws {
        let segment = try ann.record(5)
        try await ann.consent()
        try await ann.sync()
        let page = try #require(try ann.directory.offeredPages().first)
        let segments = ann.directory.path + "/segments"
        try FileManager.default.moveItem(atPath: segments, toPath: segments + ".away")
        try ann.directory.recover()
        #expect(try ann.directory.offeredPages() == [page])
        try FileManager.default.moveItem(atPath: segments + ".away", toPath: segments)
        for part in ["header", "body", "label"] {
            try FileManager.default.removeItem(atPath: "\(segments)/\(segment.hex).\(part)")
        }
        try ann.directory.recover()
        #expect(try ann.directory.offeredPages().isEmpty)
        #expect(try ann.directory.outbox().flatMap(\.stops).map(\.note) == [page.erase])
    }
}
