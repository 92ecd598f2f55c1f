import CofferTestKit
import Crypto
import Testing

@testable import Sealing

@Suite("Journals")
struct JournalTests {
    let device = SigningKey().publicKey
    let identity: SealingPrivateKey
    let records = SegmentTests.records(6)

    init() throws { identity = try SealingPrivateKey() }

    /// A journal of three frames of two records, and where each frame ends.
    private func journal() throws -> (file: Bytes, ends: [Int]) {
        try JournalFixture.journal(of: records, by: device, to: identity.publicKey)
    }

    @Test("A journal opens to what was written")
    func opensWhatItWrote() throws {
        let (file, _) = try journal()
        let journal = try JournalReader.open(file, with: identity)
        #expect(journal.kind == .keys)
        #expect(journal.app.string == "code")
        #expect(journal.device == device)
        #expect(journal.opened == SegmentTests.start)
        #expect(journal.records == records)
        #expect(journal.ending == .whole)
        #expect(throws: SealingError.notAuthentic) { try JournalReader.open(file, with: SealingPrivateKey()) }
    }

    /// Cut at any byte, it gives every whole frame before the cut.
    @Test("A torn end loses only its own frame")
    func aTornEndLosesOnlyItsFrame() throws {
        let (file, ends) = try journal()
        for count in 0..<file.count {
            let cut = Array(file[..<count])
            guard count >= ends[0] else {
                #expect(throws: SealingError.malformed(.truncated)) { try JournalReader.open(cut, with: identity) }
                continue
            }
            let whole = ends.lastIndex { $0 <= count } ?? 0
            let journal = try JournalReader.open(cut, with: identity)
            #expect(journal.records == Array(records[..<(whole * 2)]))
            #expect(journal.ending == (count == ends[whole] ? .whole : .torn(count - ends[whole])))
        }
        let grown = try JournalReader.open(file + Bytes(repeating: 0, count: 5_000), with: identity)
        #expect(grown.records == records)
        #expect(grown.ending == .torn(5_000))
    }

    /// A flipped bit gives no record that was not written, and never passes for a whole file.
    @Test("Any change is noticed")
    func anyChangeIsNoticed() throws {
        let (file, ends) = try journal()
        for offset in 0..<file.count {
            var changed = file
            changed[offset] ^= 1 << (offset % 8)
            guard offset >= ends[0] else {
                #expect(throws: SealingError.self) { try JournalReader.open(changed, with: identity) }
                continue
            }
            let whole = ends.lastIndex { $0 <= offset } ?? 0
            let journal = try JournalReader.open(changed, with: identity)
            #expect(journal.records == Array(records[..<(whole * 2)]))
            #expect(journal.ending != .whole)
        }
    }

    /// Frames are numbered: none can be left out, repeated or exchanged.
    @Test("Frames keep their order")
    func framesKeepTheirOrder() throws {
        let (file, ends) = try journal()
        let frames = zip(ends, ends.dropFirst()).map { file[$0..<$1] }
        for order in [[1, 2], [0, 2], [0, 0], [1, 0, 2], [0, 1, 1]] {
            let changed = Array(file[..<ends[0]]) + order.flatMap { frames[$0] }
            let journal = try JournalReader.open(changed, with: identity)
            let inPlace = zip(order, 0...).prefix { $0 == $1 }.count
            #expect(journal.records == Array(records[..<(inPlace * 2)]))
            #expect(journal.ending != .whole)
        }
    }

    /// Nothing recorded shows in clear, and the file's beginning does not depend on it.
    @Test("A journal holds ciphertext only")
    func holdsCiphertextOnly() throws {
        let (file, _) = try journal()
        let needle = Bytes("number".utf8)
        let found = file.indices.contains { file[$0...].starts(with: needle) }
        #expect(!found)
    }
}
