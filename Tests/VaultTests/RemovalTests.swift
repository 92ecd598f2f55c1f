import CofferTestKit
import Files
import Glibc
import Records
import Sealing
import Testing

@testable import Keyholder
@testable import Vault

/// `rm` and `redact`: without a key, and across crashes.
@Suite("Removing and redacting")
struct RemovalTests {
    private let vault: TemporaryVault
    init() throws { vault = try TemporaryVault() }

    private func offer(_ segments: [Hash256], ownsBodies: Bool = true) throws -> OfferedPage {
        let page = OfferedPage(
            id: .random(), pseudonym: SigningKey().publicKey, object: Hash256(of: Random.bytes(32)),
            segments: segments.map { .init(id: $0, object: Hash256(of: Random.bytes(32))) }, ownsBodies: ownsBodies,
            erase: Array("an erase \(segments)".utf8))
        try vault.directory.keep(page)
        return page
    }

    @Test("Times select to the minute")
    func timesSelectToTheMinute() throws {
        let minute: Milliseconds = 60_000
        let a = try vault.store(TemporaryVault.records(2, from: TemporaryVault.noon))
        let b = try vault.store(TemporaryVault.records(2, from: TemporaryVault.noon + 10 * minute))
        let at = { (since: Milliseconds, until: Milliseconds?) in
            try vault.directory.locate(Selector(since: TemporaryVault.noon + since, until: until)).segments
        }
        #expect(Set(try at(0, nil)) == [a, b])
        #expect(try at(5 * minute, nil) == [b])
        #expect(try at(0, TemporaryVault.noon + 5 * minute) == [a])
        #expect(try at(20 * minute, nil).isEmpty)
    }

    /// As `cp -r` does it: every file is made now.
    private func losesItsFileTimes() throws {
        for name in try vault.names("segments") {
            let path = "\(vault.directory.path)/segments/\(name)"
            var now = [timeval(), timeval()]
            gettimeofday(&now[0], nil)
            now[1] = now[0]
            #expect(utimes(path, now) == 0)
        }
    }

    /// As a vault of an earlier version has them: in modification times, not in names.
    private func isOfAnEarlierVersion(_ id: Hash256, from: Milliseconds, until: Milliseconds) throws {
        let file = vault.directory.segmentFile(id)
        for name in try vault.names("segments")
        where name.hasPrefix(id.hex) && name.split(separator: ".")[1].count == 24 {
            try DurableFile.remove("\(vault.directory.path)/segments/\(name)")
        }
        try DurableFile.write(try vault.directory.header(id), to: file + ".header", modified: from)
        try DurableFile.write(try vault.directory.body(id), to: file + ".body", modified: until)
    }

    @Test("A copy of the vault without its file times is selected by the same times")
    func aCopyIsSelectedByTheSameTimes() throws {
        let a = try vault.store(TemporaryVault.records(2))
        try vault.store(TemporaryVault.records(2, from: TemporaryVault.noon + 3_600_000))
        try losesItsFileTimes()
        let found = try vault.directory.locate(
            Selector(since: TemporaryVault.noon, until: TemporaryVault.noon + 60_000))
        #expect(found == .init(segments: [a]))
    }

    @Test("The file times of an earlier version select until a copy loses them; then the segment is named, not removed")
    func anEarlierVersionsTimes() throws {
        let minute: Milliseconds = 60_000
        let a = try vault.store(TemporaryVault.records(2))
        try isOfAnEarlierVersion(a, from: TemporaryVault.noon, until: TemporaryVault.noon + minute)
        let meant = Selector(since: TemporaryVault.noon, until: TemporaryVault.noon + minute)
        #expect(try vault.directory.locate(meant) == .init(segments: [a]))
        #expect(try vault.directory.locate(Selector(until: TemporaryVault.noon - minute)) == .init())
        try losesItsFileTimes()
        for selector in [meant, Selector(until: TemporaryVault.noon - minute), Selector(ids: [a.hex], since: 1)] {
            #expect(try vault.directory.locate(selector) == .init(unknown: [a]))
        }
        #expect(try vault.directory.locate(Selector(ids: [a.hex])) == .init(segments: [a]))
        // Unlocking reads the label, and names the times for later.
        _ = try vault.open.refresh(now: TemporaryVault.noon)
        #expect(try vault.directory.locate(meant) == .init(segments: [a]))
    }

    @Test("Whole minutes that are all the same are a copy's, not a segment's")
    func wholeMinutesOfACopy() throws {
        let a = try vault.store(TemporaryVault.records(2))
        try isOfAnEarlierVersion(a, from: TemporaryVault.noon, until: TemporaryVault.noon)
        #expect(try vault.directory.locate(Selector(since: 1)) == .init(unknown: [a]))
        try isOfAnEarlierVersion(a, from: TemporaryVault.noon, until: TemporaryVault.noon + millisecondsPerDay)
        #expect(try vault.directory.locate(Selector(since: 1)) == .init(unknown: [a]))
    }

    @Test("A removal leaves no file of the segment")
    func aRemovalLeavesNoFile() throws {
        let a = try vault.store(TemporaryVault.records(2))
        _ = try vault.directory.remove([a])
        #expect(try vault.names("segments").isEmpty)
    }

    @Test("An open segment is selected up to an hour after the minute that it was opened in")
    func openSegmentsAreSelected() throws {
        let opened = TemporaryVault.noon + 59_999
        let file = try vault.journal(TemporaryVault.records(1, from: opened))
        let end = opened + SegmentSpan.maximumDuration
        #expect(try vault.directory.journals(Selector(since: end)) == [file.name])
        #expect(try vault.directory.journals(Selector(since: end + 60_001)).isEmpty)
        #expect(try vault.directory.journals(Selector(until: TemporaryVault.noon - 1)).isEmpty)
        #expect(try vault.directory.journals(Selector(ids: ["abcd"])).isEmpty)
    }

    @Test("Ids select by prefix")
    func idsSelectByPrefix() throws {
        let id = try vault.store(TemporaryVault.records(2))
        #expect(try vault.directory.locate(Selector(ids: [id.prefix8])).segments == [id])
        #expect(throws: CofferError(.notFound, "")) {
            try vault.directory.locate(Selector(ids: [id.prefix8 == "00000000" ? "11111111" : "00000000"]))
        }
        #expect(throws: CofferError(.usage, "")) { try vault.directory.locate(Selector(ids: ["abc"])) }
        #expect(throws: CofferError(.usage, "")) { try vault.directory.locate(Selector(ids: ["../../../x"])) }
    }

    @Test("Apps and kinds need the key")
    func appsAndKindsNeedTheKey() throws {
        #expect(throws: CofferError(.locked, "")) { try vault.directory.locate(Selector(apps: ["code"])) }
        #expect(throws: CofferError(.locked, "")) { try vault.directory.locate(Selector(kinds: [.keys])) }
    }

    @Test(
        "Every page that holds a removed segment is erased; its objects go, and bodies that others may list stay",
        arguments: [true, false])
    func everyPageThatHoldsItGoes(ownsBodies: Bool) throws {
        let a = try vault.store(TemporaryVault.records(2))
        let b = try vault.store(TemporaryVault.records(3))
        let both = try offer([a, b], ownsBodies: ownsBodies)
        let other = try offer([b])
        let removed = try vault.directory.remove([a])
        #expect(removed.pages == [both.id])
        #expect(try vault.directory.segmentIDs() == [b])
        #expect(try vault.directory.offeredPages().map(\.id) == [other.id])
        let entry = try #require(try vault.directory.outbox().first)
        #expect(entry.stops.map(\.note) == [both.erase])
        let gone = both.segments.filter { ownsBodies || $0.id == a }.map(\.object)
        #expect(Set(entry.objects) == Set([both.object] + gone))
    }

    @Test(
        "The note of a page is read as it was written, in the form of earlier versions, too", arguments: [true, false])
    func notesOfPages(ownsBodies: Bool) throws {
        let page = try offer([try vault.store(TemporaryVault.records(2))], ownsBodies: ownsBodies)
        #expect(try vault.directory.offeredPages() == [page])
        let text = String(decoding: page.encoded, as: UTF8.self)
        #expect(text.contains(ownsBodies ? "coffer.offered.v2" : "coffer.offered.v1"))
    }

    @Test("Removing what was never offered sends nothing")
    func whatWasNeverOfferedGoesQuietly() throws {
        let a = try vault.store(TemporaryVault.records(2))
        #expect(try vault.directory.remove([a]).pages.isEmpty)
        #expect(try vault.directory.outbox().isEmpty)
    }

    @Test("A removal that crashed is finished")
    func aRemovalThatCrashedIsFinished() throws {
        let a = try vault.store(TemporaryVault.records(2))
        let page = try offer([a])
        let intent = RemovalIntent(segments: [a], journals: [])
        try DurableFile.write(intent.encoded, to: "\(vault.directory.path)/removals/\(intent.name)")
        try DurableFile.remove(vault.directory.segmentFile(a) + ".header")
        let found = try vault.open.refresh(now: 1)
        #expect(found.segments.isEmpty && found.alarms.isEmpty)
        #expect(try vault.directory.outbox().first?.stops.map(\.note) == [page.erase])
        #expect(try vault.directory.offeredPages().isEmpty)
    }

    @Test("Redacting takes out the times and nothing else")
    func redactingTakesOutTheTimesAndNothingElse() throws {
        let records = TemporaryVault.records(10)
        let id = try vault.store(records)
        let page = try offer([id])
        let open = try vault.open
        let segments = try open.refresh(now: .max).segments
        let result = try open.redact(segments, since: records[3].time, until: records[5].time)
        #expect(result.records == 3)
        #expect(result.removed.pages == [page.id])
        let after = try open.refresh(now: .max)
        #expect(after.alarms.isEmpty)
        let segment = try #require(after.segments.first)
        #expect(after.segments.count == 1 && segment.id != id)
        #expect(try open.records(of: segment) == Array(records[..<3] + records[6...]))
        #expect(segment.arrived == segments[0].arrived)
    }

    @Test("Redacting a part of an imported step takes out the step's code, too, and no other step")
    func redactingAStep() throws {
        let start = TemporaryVault.records(1)[0].time
        func step(_ number: Int, at time: Milliseconds) -> Record {
            Record(
                time: time, object: StepContent(.keys, .code(step: number, "pyautogui.write('s\(number)')")).object)
        }
        func key(at time: Milliseconds) -> Record {
            let key = TemporaryVault.records(1)[0]
            return Record(time: time, json: key.json)
        }
        let records = [
            step(0, at: start), key(at: start + 10), key(at: start + 20), step(1, at: start + 30),
            key(at: start + 40), step(2, at: start + 50),
        ]
        for (since, until, left) in [
            (20, 20, [1, 3, 4, 5]), (10, 40, [5]), (30, 30, [0, 1, 2, 4, 5]), (50, 60, [0, 1, 2, 3, 4]),
        ] as [(Milliseconds, Milliseconds, [Int])] {
            let id = try vault.store(records)
            let open = try vault.open
            let segment = try #require(try open.refresh(now: .max).segments.first { $0.id == id })
            let result = try open.redact([segment], since: start + since, until: start + until)
            #expect(result.records == records.count - left.count)
            let rest = try #require(try open.refresh(now: .max).segments.first { $0.id == result.replacements.first })
            #expect(try open.records(of: rest) == left.map { records[$0] }, "\(since)...\(until)")
            #expect(try vault.directory.remove([rest.id]).failure == nil)
        }
    }

    @Test("Redacting all records removes the segment")
    func redactingEverythingRemoves() throws {
        try vault.store(TemporaryVault.records(3))
        let open = try vault.open
        _ = try open.redact(try open.refresh(now: 1).segments, since: 0, until: .max)
        #expect(try vault.directory.segmentIDs().isEmpty)
    }

    @Test("A redaction that crashed early changes nothing")
    func aRedactionThatCrashedEarlyChangesNothing() throws {
        let records = TemporaryVault.records(4)
        let old = try vault.store(records)
        let rest = try #require(
            try vault.open.seal(Array(records[..<2]), kind: .keys, app: vault.code, arrived: 1).first)
        let intent = RemovalIntent(needs: [rest.segment.id], segments: [old], journals: [])
        try DurableFile.write(intent.encoded, to: "\(vault.directory.path)/removals/\(intent.name)")
        #expect(try vault.open.refresh(now: 1).segments.map(\.id) == [old])
    }

    @Test("A redaction that crashed late is finished")
    func aRedactionThatCrashedLateIsFinished() throws {
        let records = TemporaryVault.records(4)
        let old = try vault.store(records)
        let rest = try #require(
            try vault.open.seal(Array(records[..<2]), kind: .keys, app: vault.code, arrived: 1).first)
        let intent = RemovalIntent(needs: [rest.segment.id], segments: [old], journals: [])
        try DurableFile.write(intent.encoded, to: "\(vault.directory.path)/removals/\(intent.name)")
        try vault.directory.place(rest.segment, rest.times)
        #expect(try vault.open.refresh(now: 1).segments.map(\.id) == [rest.segment.id])
    }

    @Test("Withheld segments stay, and their pages are erased")
    func withheldSegmentsStayAndTheirPagesGo() throws {
        let a = try vault.store(TemporaryVault.records(2))
        let page = try offer([a])
        #expect(try vault.directory.withhold([a]).pages == [page.id])
        #expect(try vault.directory.withheld() == [a])
        #expect(try vault.directory.segmentIDs() == [a])
        #expect(try vault.directory.outbox().first?.objects.contains(page.object) == true)
    }

    @Test("A revocation deletes the objects of its pages, and no body that a page elsewhere may list")
    func aRevocationDeletesItsOwn() throws {
        let a = try vault.store(TemporaryVault.records(2))
        let own = try offer([a])
        let shared = try offer([a], ownsBodies: false)
        func objects(_ page: OfferedPage) throws -> Set<Hash256> {
            let none = StopRoster(hash: nil, groups: [])
            let revoke = RevocationCard.Signed(
                purpose: "p", pseudonym: page.pseudonym, note: [1], roster: none)
            return Set(try vault.directory.startRevoking(revoke).entry.objects)
        }
        #expect(try objects(own) == [own.object, own.segments[0].object])
        #expect(try objects(shared) == [shared.object])
        #expect(try vault.directory.offeredPages().isEmpty)
    }

    @Test("A page that another laptop erased needs no erase here; its segments, and their other pages, do")
    func whatAnotherLaptopErased() throws {
        let a = try vault.store(TemporaryVault.records(2))
        let erased = try offer([a])
        let other = try offer([a])
        let removed = try vault.directory.withhold([a], erased: [erased.id])
        #expect(Set(removed.pages) == [erased.id, other.id])
        let entry = try #require(try vault.directory.outbox().first)
        #expect(entry.stops.map(\.note) == [other.erase])
        #expect(Set(entry.objects) == Set(erased.ownObjects + other.ownObjects))
        #expect(try vault.directory.withheld() == [a])
    }

    @Test("What may be on another laptop is named when it is removed, redacted or withheld here")
    func whatIsElsewhereIsNamed() throws {
        let a = try vault.store(TemporaryVault.records(4))
        let b = try vault.store(TemporaryVault.records(2, from: TemporaryVault.noon + 3_600_000))
        try vault.directory.markElsewhere([a])
        #expect(try vault.directory.withhold([a, b]).elsewhere == [a])
        let open = try vault.open
        let redacted = try open.redact(
            try open.refresh(now: .max).segments.filter { $0.id == a }, since: TemporaryVault.noon,
            until: TemporaryVault.noon)
        #expect(redacted.removed.elsewhere == [a])
        #expect(try vault.directory.remove(redacted.replacements + [b]).elsewhere == redacted.replacements)
        #expect(try vault.names("elsewhere").isEmpty)
    }

    @Test("A damaged note of a page does not keep its segment from being removed, and is said")
    func aDamagedNoteOfAPageIsNeverPassedOver() throws {
        let a = try vault.store(TemporaryVault.records(2))
        let page = try offer([a])
        try DurableFile.write([1], to: "\(vault.directory.path)/pages/\(page.id.hex)")
        let removed = try vault.directory.remove([a])
        #expect(removed.segments == [a])
        #expect(removed.failure == CofferError(.tryLater, "", rule: "pages.damaged"))
        #expect(try vault.directory.segmentIDs().isEmpty)
    }
}
