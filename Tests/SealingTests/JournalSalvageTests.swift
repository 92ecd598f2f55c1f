import CofferTestKit
import Crypto
import Testing

@testable import Sealing

@Suite("What is saved of a damaged journal")
struct JournalSalvageTests {
    private let device = SigningKey().publicKey
    private let identity: SealingPrivateKey
    private let records = SegmentTests.records(10)

    init() throws { identity = try SealingPrivateKey() }

    /// A journal of five frames of two records, and where each frame ends; the first end is that of frame 0.
    private func journal() throws -> (file: Bytes, ends: [Int]) {
        try JournalFixture.journal(of: records, by: device, to: identity.publicKey)
    }

    private func without(_ frames: Set<Int>) -> [Record] {
        (0..<5).filter { !frames.contains($0) }.flatMap { records[$0 * 2..<$0 * 2 + 2] }
    }

    @Test("A whole journal and a torn one give what the reader gives")
    func undamaged() throws {
        let (file, ends) = try journal()
        for count in JournalFixture.places(ends[0]..<file.count, near: ends) + [file.count] {
            let saved = try JournalSalvage.open(Array(file[..<count]), with: identity)
            let read = try JournalReader.open(Array(file[..<count]), with: identity)
            #expect(saved.runs.flatMap { $0 } == read.records)
            #expect(saved.runs.count <= 1)
            // A frame of which only the length is there cannot be told from damage; it holds nothing.
            #expect(!saved.isDamaged, "cut at \(count)")
        }
        let grown = try JournalSalvage.open(file + Bytes(repeating: 0, count: 5_000), with: identity)
        #expect(grown.runs == [records] && !grown.isDamaged)
        #expect(throws: SealingError.malformed(.truncated)) {
            try JournalSalvage.open(Array(file[..<(ends[0] - 1)]), with: identity)
        }
    }

    @Test("One flipped bit costs at most the frame in which it lies, and is noticed")
    func flipped() throws {
        let (file, ends) = try journal()
        for offset in JournalFixture.places(SealedBox.sealedKeyCount..<file.count, near: ends) {
            var changed = file
            changed[offset] ^= 1 << (offset % 8)
            let frame = try #require(ends.firstIndex { offset < $0 })
            let begin = frame == 0 ? SealedBox.sealedKeyCount : ends[frame - 1]
            guard frame > 0 || offset < begin + 4 else {
                // Frame 0 says whose journal it is.
                #expect(throws: SealingError.notAuthentic) { try JournalSalvage.open(changed, with: identity) }
                continue
            }
            let saved = try JournalSalvage.open(changed, with: identity)
            #expect(saved.isDamaged, "at \(offset)")
            // The length alone can be found again.
            let lost: Set<Int> = offset < begin + 4 ? [] : [frame - 1]
            #expect(saved.runs.flatMap { $0 } == without(lost), "at \(offset)")
            #expect(saved.runs.count == (lost.isEmpty || frame == 1 || frame == 5 ? 1 : 2), "at \(offset)")
        }
    }

    @Test("Frames that are missing, repeated or exchanged give no record twice and none out of order")
    func order() throws {
        let (file, ends) = try journal()
        let frames = zip(ends, ends.dropFirst()).map { file[$0..<$1] }
        for (order, expected) in [
            ([1, 2, 3, 4], [1, 2, 3, 4]), ([0, 0, 1], [0, 1]), ([0, 4, 1], [0, 4]), ([0, 1, 1, 2, 0], [0, 1, 2]),
        ] {
            let changed = Array(file[..<ends[0]]) + order.flatMap { frames[$0] }
            let saved = try JournalSalvage.open(changed, with: identity)
            #expect(saved.isDamaged)
            #expect(saved.runs.flatMap { $0 } == expected.flatMap { records[$0 * 2..<$0 * 2 + 2] }, "\(order)")
        }
    }

    @Test("A hole of many frames, and noise instead of an end, cost nothing else")
    func holes() throws {
        let (file, ends) = try journal()
        var hole = file
        for i in ends[1]..<ends[3] { hole[i] = 0 }
        let saved = try JournalSalvage.open(hole, with: identity)
        #expect(saved.isDamaged && saved.runs.flatMap { $0 } == without([1, 2]))
        let noise = (0..<20_000).map { _ in UInt8.random(in: 0...255) }
        let noisy = try JournalSalvage.open(file + noise, with: identity)
        #expect(noisy.runs.flatMap { $0 } == records)
        #expect(throws: SealingError.notAuthentic) { try JournalSalvage.open(file, with: SealingPrivateKey()) }
    }

    @Test("A short record in an authentic frame costs only itself and what follows it in the frame")
    func shortRecord() throws {
        let key = SymmetricKey(size: .bits256)
        var writer = try JournalWriter(
            kind: .keys, app: AppName("code"), device: device, opened: 1, to: identity.publicKey, key: key)
        var file = writer.prologue
        file += try writer.frame(Array(records[0..<2]))
        // As an agent with a fault would write it: a whole record, then a cut one.
        let cut = try Record.encode(Array(records[2..<4]), kind: .keys).dropLast(5)
        var padded = ByteWriter()
        padded.u32(UInt32(cut.count))
        padded.append(cut)
        padded.pad(to: Journal.minimumFrameCount)
        let box = try AES.GCM.seal(padded.bytes, using: key, nonce: Journal.nonce(2))
        var frame = ByteWriter()
        frame.u32(UInt32(box.ciphertext.count + 16))
        frame.append(box.ciphertext)
        frame.append(box.tag)
        file += frame.bytes
        let third = try AES.GCM.seal(
            try Record.padded(Array(records[4..<6]), kind: .keys, atLeast: Journal.minimumFrameCount), using: key,
            nonce: Journal.nonce(3))
        var last = ByteWriter()
        last.u32(UInt32(third.ciphertext.count + 16))
        last.append(third.ciphertext)
        last.append(third.tag)
        file += last.bytes
        let saved = try JournalSalvage.open(file, with: identity)
        #expect(saved.isDamaged)
        #expect(saved.runs == [Array(records[0..<3]), Array(records[4..<6])])
    }
}
