import Foundation
import Keyholder
import Ledger
import Records
import Replica
import Rules
import Sealing
import Testing
import Vault

/// What the employee has: her identity, her vault, her revocation card.
@Suite("Stored vault")
struct StoredVaultTests {
    private let stored: StoredVault

    init() throws { stored = try StoredVault("employee") }

    @Test("The identity opens and is the one on the sheet")
    func theIdentityOpensAndIsTheOneOnTheSheet() throws {
        let seed = try stored.seed()
        let sheet = String(decoding: try stored.bytes("employee/recovery-sheet"), as: UTF8.self)
        let words = sheet.split { $0.isWhitespace }.map(String.init)
        for group in RecoverySheet.groups(of: seed) { #expect(words.contains(group)) }
        let fromSheet = try RecoverySheet.seed(from: RecoverySheet.groups(of: seed).joined(separator: " "))
        #expect(fromSheet.pseudonym(0).publicKey == seed.pseudonym(0).publicKey)
    }

    @Test("Every segment is listed as it was")
    func everySegmentIsListedAsItWas() throws {
        try stored.removeJournals()
        let found = try stored.open(try stored.seed()).refresh(now: stored.now)
        #expect(found.alarms.isEmpty)
        #expect(found.adopted == 0)
        let directory = try stored.directory()
        let offered = Dictionary(grouping: try directory.offeredPages().flatMap { $0.segments.map(\.id) }) { $0 }
        let withheld = try directory.withheld()
        let lines = found.segments.map { segment in
            """
            {"schema":"coffer.segment.v1","id":"\(segment.id.hex)","kind":"\(segment.kind.rawValue)",\
            "app":"\(segment.app)","from":"\(Self.time(segment.from))","until":"\(Self.time(segment.until))",\
            "records":\(segment.count),"arrived":"\(Self.time(segment.arrived))",\
            "offered":\(offered[segment.id]?.count ?? 0),"withheld":\(withheld.contains(segment.id)),"alarm":false}
            """
        }
        #expect(lines.sorted() == (try stored.expected("segments.jsonl").sorted()))
        #expect(Set(found.segments.map(\.kind)) == Set(Kind.allCases))
    }

    /// The index is a cache: without it everything is found again, but for the times of arrival.
    @Test("The segments are found without the index")
    func theSegmentsAreFoundWithoutTheIndex() throws {
        try stored.removeJournals()
        let vault = try stored.open(try stored.seed())
        let before = try vault.refresh(now: stored.now)
        try FileManager.default.removeItem(atPath: vault.directory.path + "/index")
        let after = try vault.refresh(now: stored.now)
        #expect(after.alarms.isEmpty)
        #expect(Set(before.segments.map(\.id)) == Set(after.segments.map(\.id)))
    }

    @Test("Every record is read as it was")
    func everyRecordIsReadAsItWas() throws {
        try stored.removeJournals()
        let vault = try stored.open(try stored.seed())
        var lines: [String: [String]] = [:]
        for segment in try vault.refresh(now: stored.now).segments {
            lines[segment.id.hex] = try Self.lines(of: segment, in: vault)
        }
        let expected = Dictionary(grouping: try stored.expected("records.jsonl")) { Self.segment(of: $0) }
        #expect(lines == expected)
    }

    /// The agent was killed: what its journals hold becomes segments by the keyholder's key.
    @Test("The journals of the killed agent are adopted")
    func theJournalsOfTheKilledAgentAreAdopted() throws {
        let vault = try stored.open(try stored.seed())
        let known = Set(try stored.directory().segmentIDs())
        let expected = try stored.expected("adopted.jsonl")
        let found = try vault.refresh(now: stored.now)
        #expect(found.adopted == expected.count)
        #expect(found.alarms.isEmpty)
        #expect(try vault.directory.openJournals().isEmpty)
        let adopted = found.segments.filter { !known.contains($0.id) }
        let keyholders = Set(try vault.certificates().devices.filter(\.isKeyholder).map(\.key))
        #expect(adopted.allSatisfy { keyholders.contains($0.device) })
        // Each adoption makes other segments of the same records.
        var lines: [String] = []
        for segment in adopted {
            lines += try Self.lines(of: segment, in: vault).map { $0.replacing(segment.id.hex, with: "") }
        }
        #expect(lines.sorted() == expected.map { $0.replacing(Self.segment(of: $0), with: "") }.sorted())
    }

    /// Locked, a segment is selected by the times of its files.
    @Test("The times of files select the segments")
    func theTimesOfFilesSelectTheSegments() throws {
        let directory = try stored.directory()
        let segments = try stored.open(try stored.seed()).refresh(now: stored.now).segments
        let shell = try #require(segments.first { $0.kind == .terminal })
        let found = try directory.locate(Selector(since: shell.from, until: shell.until))
        #expect(found.segments == [shell.id])
    }

    @Test("The consents are as they were")
    func theConsentsAreAsTheyWere() throws {
        let vault = try stored.open(try stored.seed())
        struct Line: Decodable {
            let pseudonym: String
            let name: String
            let consent: String
            let scope: ConsentScope
            let deposits: Int
            let pages: Int
        }
        struct ConsentScope: Decodable { let kinds, apps: [String] }
        let expected = try stored.expected("consents.jsonl").map { line in
            try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        }
        let kept = Dictionary(uniqueKeysWithValues: try vault.consents().map { ($0.pseudonym.hex, $0) })
        #expect(Set(kept.keys) == Set(expected.map(\.pseudonym)))
        for line in expected {
            let consent = try #require(kept[line.pseudonym])
            #expect(consent.purposeName == line.name)
            #expect(consent.consent.hex == line.consent)
            #expect(consent.scope.kinds.map(\.rawValue) == line.scope.kinds)
            #expect(consent.scope.apps.map(\.string) == line.scope.apps)
            #expect(consent.receipts.count == line.deposits)
            #expect(consent.pages.values.filter(\.isPublished).count == line.pages)
            let note = try SignedNote(parsing: consent.note)
            #expect(try note.signers() == [consent.pseudonym])
            #expect(note.hash == consent.consent)
        }
    }

    @Test("The revocation card is signed by the pseudonym of each consent")
    func theRevocationCardIsSignedByThePseudonymOfEachConsent() throws {
        let seed = try stored.seed()
        // Made before the third consent, and whole: the newest card replaces those before it.
        let card = try RevocationCard(parsing: try stored.bytes("employee/card-trial"))
        #expect(card.charter == stored.charter.hash)
        #expect(card.revokes.map(\.purpose).sorted() == ["completion", "second", "trial"])
        let pseudonyms = Set((0..<8).map { seed.pseudonym($0).publicKey })
        for revoke in card.revokes {
            let note = try SignedNote(parsing: revoke.note)
            #expect(try note.signers() == [revoke.pseudonym])
            #expect(pseudonyms.contains(revoke.pseudonym))
            guard case .revoke(let statement) = try Statement(parsing: note.text) else {
                Issue.record("a card holds another statement than a revoke")
                continue
            }
            #expect(statement.pseudonym == revoke.pseudonym)
        }
        let own = try stored.directory().cards().flatMap(\.revokes)
        #expect(Set(own.map(\.note)) == Set(card.revokes.map(\.note)))
    }

    @Test("Every offered page has its erase signed in advance")
    func everyOfferedPageHasItsEraseSignedInAdvance() throws {
        let pages = try stored.directory().offeredPages()
        #expect(pages.count >= 5)
        for page in pages {
            let note = try SignedNote(parsing: page.erase)
            #expect(try note.signers() == [page.pseudonym])
            guard case .erase(let erase) = try Statement(parsing: note.text) else {
                Issue.record("an offered page has another statement than an erase")
                continue
            }
            #expect(erase.pages == [page.id])
        }
    }

    /// A revoke that every broker holds and the ledger has yet to log, and an erase that has reached nobody.
    @Test("The outbox holds what has yet to be sent")
    func theOutboxHoldsWhatHasYetToBeSent() throws {
        let outbox = try stored.directory().outbox()
        #expect(outbox.count == 2)
        var types: [String: Int] = [:]
        for entry in outbox {
            #expect(!entry.objects.isEmpty)
            for stop in entry.stops {
                types[try Statement(parsing: try SignedNote(parsing: stop.note).text).type] = stop.receipts.count
            }
        }
        #expect(types == ["revoke": 4, "erase": 0])
    }

    // MARK: Lines as the command line writes them

    private static func time(_ time: Milliseconds) -> String { CivilTime(time).rfc3339Milliseconds }

    /// The id in a line of a record.
    private static func segment(of line: String) -> String {
        String(line.dropFirst(#"{"schema":"coffer.record.v1","segment":""#.count).prefix(64))
    }

    private static func lines(of segment: IndexedSegment, in vault: OpenVault) throws -> [String] {
        var decoder = TileDecoder()
        return try vault.records(of: segment).map { record in
            var members = String(decoding: record.json.dropFirst().dropLast(), as: UTF8.self)
            if case .screen(let tiles) = try RecordContent(record, kind: segment.kind) {
                members += ",\"pixels\":\"\(pixelHash(try decoder.decode(tiles)))\""
            }
            return """
                {"schema":"coffer.record.v1","segment":"\(segment.id.hex)","kind":"\(segment.kind.rawValue)",\
                "app":"\(segment.app)","t":"\(time(record.time))",\(members)}
                """
        }
    }
}
