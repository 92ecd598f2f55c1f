import CofferTestKit
import Files
import FoundationEssentials
import Records
import Sealing
import Testing

@testable import Vault

/// What crashes leave behind, and what becomes of it.
@Suite("Adopting journals")
struct AdoptionTests {
    private let vault: TemporaryVault
    init() throws { vault = try TemporaryVault() }

    private static func times(of records: [Record]) -> SegmentTimes {
        SegmentTimes(from: records[0].time, until: records[records.count - 1].time, arrived: TemporaryVault.noon)
    }

    @Test("A journal in use is left alone")
    func aJournalInUseIsLeftAlone() throws {
        let file = try vault.journal(TemporaryVault.records(3))
        let found = try vault.open.refresh(now: TemporaryVault.noon)
        #expect(found.adopted == 0)
        #expect(found.segments.isEmpty)
        #expect(!file.isRemoved)
    }

    @Test("An orphan becomes a segment of the keyholder")
    func anOrphanBecomesASegmentOfTheKeyholder() throws {
        do { _ = try vault.journal(TemporaryVault.records(5)) }
        let open = try vault.open
        let found = try open.refresh(now: TemporaryVault.noon)
        #expect(found.adopted == 5)
        #expect(found.alarms.isEmpty)
        let segment = try #require(found.segments.first)
        #expect(segment.device == open.device.publicKey)
        #expect(try open.records(of: segment) == TemporaryVault.records(5))
        #expect(try vault.directory.openJournals().isEmpty)
        #expect(try open.refresh(now: TemporaryVault.noon).segments.count == 1)
    }

    @Test("A torn frame loses only itself")
    func aTornFrameLosesItselfOnly() throws {
        do {
            let file = try vault.journal(TemporaryVault.records(4))
            try file.append([0, 0, 0, 200, 1, 2, 3])
        }
        #expect(try vault.open.refresh(now: 1).adopted == 4)
    }

    @Test("A flipped bit loses only its frame; the journal is kept aside and named until rm takes its time")
    func aFlippedBitLosesItsFrameOnly() throws {
        let records = TemporaryVault.records(4)
        var name = ""
        do { name = try vault.journal(records).name }
        let path = "\(vault.directory.path)/journals/\(name)"
        var bytes = try #require(try DurableFile.read(path, atMost: 1 << 20))
        let third = try #require(ends(of: bytes).dropLast(2).last)
        bytes[third + 30] ^= 1
        try DurableFile.write(bytes, to: path)
        let open = try vault.open
        let found = try open.refresh(now: TemporaryVault.noon)
        #expect(found.adopted == 3)
        #expect(try open.records(of: #require(found.segments.first)) == [records[0], records[1], records[3]])
        #expect(try vault.directory.openJournals().isEmpty)
        let aside = try #require(vault.directory.damagedFiles().first)
        #expect(aside.part == .journals && aside.name == name)
        #expect(try DurableFile.read("\(vault.directory.path)/\(aside.place)", atMost: 1 << 20) == bytes)
        // It is sealed, and hers to remove.
        let located = try vault.directory.locate(Selector(since: TemporaryVault.noon))
        #expect(located.journals == [name])
        _ = try vault.directory.remove(located.segments, journals: located.journals)
        #expect(vault.directory.damagedFiles().isEmpty)
    }

    /// Where the frames of a journal end.
    private func ends(of bytes: Bytes) -> [Int] {
        var ends = [SealedBox.sealedKeyCount]
        while let last = ends.last, last + 4 <= bytes.count {
            ends.append(last + 4 + bytes[last..<last + 4].reduce(0) { $0 << 8 | Int($1) })
        }
        return ends
    }

    @Test("A journal that is too large to be one is an alarm, and hinders nothing")
    func anOversizedJournal() throws {
        do { _ = try vault.journal(TemporaryVault.records(2)) }
        let name = "0000000100000000"
        try DurableFile.write(
            Bytes(repeating: 1, count: JournalFile.maximumCount + 1), to: "\(vault.directory.path)/journals/\(name)")
        let found = try vault.open.refresh(now: 1)
        #expect(found.adopted == 2)
        #expect(found.alarms.map(\.name) == [name])
    }

    @Test("An empty journal is removed")
    func anEmptyJournalGoes() throws {
        do { _ = try vault.directory.newJournal(opened: TemporaryVault.noon) }
        let found = try vault.open.refresh(now: 1)
        #expect(found.alarms.isEmpty)
        #expect(try vault.directory.openJournals().isEmpty)
    }

    @Test("A stranger's journal is an alarm and stays")
    func aJournalOfAStrangerIsAnAlarmAndStays() throws {
        do { _ = try vault.journal(TemporaryVault.records(2), device: SigningKey()) }
        let found = try vault.open.refresh(now: 1)
        #expect(found.alarms.map(\.reason) == [.journal])
        #expect(found.segments.isEmpty)
        #expect(try vault.directory.openJournals().count == 1)
    }

    /// Closes a journal as `VaultDirectory.close` does, up to the note that it is being closed.
    private func interruptedClose() throws -> (records: [Record], segment: SealedSegment) {
        let records = TemporaryVault.records(3)
        let name: String
        do { name = try vault.journal(records).name }
        let segment = try SealedSegment.seal(
            records, kind: .keys, app: vault.code, device: try vault.directory.deviceKey(),
            to: vault.keys.sealing.publicKey)
        try DurableFile.write(segment.id.bytes, to: "\(vault.directory.path)/closing/\(name)")
        return (records, segment)
    }

    @Test("A crash between storing and removing adopts nothing twice")
    func aCrashBetweenStoringAndRemovingAdoptsNothingTwice() throws {
        let (records, segment) = try interruptedClose()
        try vault.directory.place(segment, Self.times(of: records))
        let found = try vault.open.refresh(now: 1)
        #expect(found.adopted == 0)
        #expect(found.segments.map(\.id) == [segment.id])
        #expect(try vault.directory.openJournals().isEmpty)
    }

    @Test("A crash while an intent was written leaves nothing behind")
    func aCrashWhileAnIntentWasWritten() throws {
        for part in ["closing", "removals"] {
            try DurableFile.write([1], to: "\(vault.directory.path)/\(part)/.0123456789abcdef.5.tmp")
        }
        _ = try vault.open.refresh(now: 1)
        for part in ["closing", "removals"] {
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: "\(vault.directory.path)/\(part)").isEmpty)
        }
    }

    @Test("A crash before the label adopts the journal")
    func aCrashBeforeTheLabelAdoptsTheJournal() throws {
        let segment = try interruptedClose().segment
        try DurableFile.write(segment.body, to: vault.directory.segmentFile(segment.id) + ".body")
        let found = try vault.open.refresh(now: 1)
        #expect(found.adopted == 3)
        #expect(found.segments.count == 1)
        #expect(!found.segments.contains { $0.id == segment.id })
        let files = try FileManager.default.contentsOfDirectory(atPath: vault.directory.path + "/segments")
        #expect(files.count == 4)
    }

    @Test("Closing a journal stores the segment and removes the journal")
    func closingStoresAndRemoves() throws {
        let records = TemporaryVault.records(3)
        let file = try vault.journal(records)
        let segment = try SealedSegment.seal(
            records, kind: .keys, app: vault.code, device: try vault.directory.deviceKey(),
            to: vault.keys.sealing.publicKey)
        #expect(try vault.directory.close(file, as: segment, Self.times(of: records)))
        #expect(file.isRemoved)
        #expect(try vault.open.refresh(now: 1).segments.count == 1)
    }

    @Test("A journal that was removed is not closed")
    func whatRmTookIsNotClosed() throws {
        let records = TemporaryVault.records(3)
        let file = try vault.journal(records)
        let found = try vault.directory.locate(Selector(since: TemporaryVault.noon))
        #expect(found.journals == [file.name])
        _ = try vault.directory.remove(found.segments, journals: found.journals)
        #expect(file.isRemoved)
        let segment = try SealedSegment.seal(
            records, kind: .keys, app: vault.code, device: try vault.directory.deviceKey(),
            to: vault.keys.sealing.publicKey)
        #expect(try !vault.directory.close(file, as: segment, Self.times(of: records)))
        #expect(try vault.open.refresh(now: 1).segments.isEmpty)
    }

    @Test("Records beyond one segment are split")
    func recordsBeyondOneSegmentAreSplit() throws {
        let midnight = TemporaryVault.noon + 43_200_000
        let records = TemporaryVault.records(6, from: midnight - 3_000_000, step: 1_200_000)
        let runs = SegmentRuns.split(records)
        #expect(runs.flatMap { $0 } == records)
        for run in runs {
            #expect(run[run.count - 1].time - run[0].time <= SegmentSpan.maximumDuration)
            #expect(Set(run.map { Day(of: $0.time) }).count == 1)
        }
    }
}
