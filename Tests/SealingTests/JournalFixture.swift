import Sealing

enum JournalFixture {
    /// A journal with two records in each frame, and where each frame ends; the first end is that of frame 0.
    static func journal(
        of records: [Record], by device: VerifyingKey, to identity: SealingPublicKey
    ) throws -> (file: Bytes, ends: [Int]) {
        var writer = try JournalWriter(
            kind: .keys, app: AppName("code"), device: device, opened: SegmentTests.start, to: identity)
        var file = writer.prologue
        var ends = [file.count]
        for i in stride(from: 0, to: records.count, by: 2) {
            file += try writer.frame(Array(records[i..<min(i + 2, records.count)]))
            ends.append(file.count)
        }
        return (file, ends)
    }

    /// Places in a journal: all around the ends of frames and at the beginning, and some of the ciphertext between.
    static func places(_ range: Range<Int>, near ends: [Int]) -> [Int] {
        range.filter { place in place % 41 == 0 || (ends + [range.lowerBound]).contains { abs($0 - place) < 24 } }
    }
}
