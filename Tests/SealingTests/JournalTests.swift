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
        for count in JournalFixture.places(0..<file.count, near: ends) {
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
        for offset in JournalFixture.places(0..<file.count, near: ends) {
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

    @Test("The length of a frame tells neither the kind and the app nor what was typed in half a second")
    func lengthsTellNothing() throws {
        func writer(_ kind: Kind, _ app: String) throws -> JournalWriter {
            try JournalWriter(kind: kind, app: AppName(app), device: device, opened: 1, to: identity.publicKey)
        }
        let long = try writer(.terminal, String(repeating: "a", count: AppName.maximumCount))
        #expect(long.prologue.count == (try writer(.keys, "a")).prologue.count)
        var counts: Set<Int> = []
        for count in [1, 2, 5, 12] {
            var keys = try writer(.keys, "a")
            counts.insert(try keys.frame(SegmentTests.records(count)).count)
        }
        #expect(counts == [4 + Journal.minimumFrameCount + 16])
    }

    @Test("A journal of an older version opens, and its frames are not padded")
    func olderVersion() throws {
        let key = SymmetricKey(size: .bits256)
        var file = Array(try writer(key).prologue.prefix(SealedBox.sealedKeyCount))
        let head = Array(
            Journal.prologue(kind: .keys, app: try AppName("code"), device: device, opened: SegmentTests.start)
                .prefix(52))
        for (number, plaintext) in [head, try Record.encode(records, kind: .keys)].enumerated() {
            file += try Self.frame(plaintext, UInt64(number), key)
        }
        let journal = try JournalReader.open(file, with: identity)
        #expect(journal.records == records && journal.ending == .whole && journal.opened == SegmentTests.start)
        #expect(try JournalSalvage.open(file, with: identity).runs == [records])
    }

    @Test("Padding has one form: other zeros, another length and other bytes are refused")
    func padding() throws {
        let key = SymmetricKey(size: .bits256)
        let whole = try Record.padded(records, kind: .keys, atLeast: Journal.minimumFrameCount)
        var marked = whole
        marked[whole.count - 1] = 1
        var longer = whole
        longer[3] &+= 1
        var head = Journal.prologue(kind: .keys, app: try AppName("code"), device: device, opened: 1)
        for plaintext in [marked, longer, whole + [0], Array(whole.dropLast()), [], [0, 0, 0]] {
            let file = try writer(key).prologue + Self.frame(plaintext, 1, key)
            #expect(throws: SealingError.self) { try JournalReader.open(file, with: identity) }
            let saved = try JournalSalvage.open(file, with: identity)
            // With another length alone, the records are what they were.
            #expect(saved.isDamaged && saved.runs == (plaintext == longer ? [records] : []))
        }
        head[127] = 1
        let file = Array(try writer(key).prologue.prefix(SealedBox.sealedKeyCount)) + (try Self.frame(head, 0, key))
        #expect(throws: SealingError.self) { try JournalReader.open(file, with: identity) }
    }

    private func writer(_ key: SymmetricKey) throws -> JournalWriter {
        try JournalWriter(
            kind: .keys, app: AppName("code"), device: device, opened: SegmentTests.start, to: identity.publicKey,
            key: key)
    }

    private static func frame(_ plaintext: Bytes, _ number: UInt64, _ key: SymmetricKey) throws -> Bytes {
        let box = try AES.GCM.seal(plaintext, using: key, nonce: Journal.nonce(number))
        var writer = ByteWriter()
        writer.u32(UInt32(plaintext.count + 16))
        writer.append(box.ciphertext)
        writer.append(box.tag)
        return writer.bytes
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
