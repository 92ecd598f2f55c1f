import CofferTestKit
import Crypto
import Testing

@testable import Sealing

@Suite("Chunked encryption")
struct ChunkedEncryptionTests {
    static let key = SymmetricKey(size: .bits256)
    static let context = Bytes("context".utf8)

    private func seal(_ plaintext: Bytes) throws -> Bytes {
        try ChunkedEncryption.seal(plaintext, key: Self.key, context: Self.context)
    }

    private func open(_ file: Bytes) throws -> Bytes {
        try ChunkedEncryption.open(file, key: Self.key, context: Self.context)
    }

    @Test("A file opens to what was sealed", arguments: [0, 1, 16_383, 16_384, 16_385, 32_767, 32_768, 50_000])
    func opensWhatItSealed(count: Int) throws {
        var generator = SeededGenerator()
        let plaintext = generator.bytes(count)
        let file = try seal(plaintext)
        #expect(file.count == ChunkedEncryption.sealedCount(count))
        #expect(try ChunkedEncryption.plaintextCount(file.count) == count)
        #expect(try open(file) == plaintext, "\(generator)")
    }

    @Test("Any range opens")
    func opensAnyRange() throws {
        var generator = SeededGenerator()
        let plaintext = generator.bytes(50_000)
        let file = try seal(plaintext)
        var bounds = [0, 1, 16_383, 16_384, 16_385, 32_768, 49_999, 50_000]
        for _ in 0..<20 { bounds.append(Int.random(in: 0...50_000, using: &generator)) }
        for lower in bounds {
            for upper in bounds where lower <= upper {
                let opened = try ChunkedEncryption.openRange(
                    file, range: lower..<upper, key: Self.key, context: Self.context)
                #expect(opened == Array(plaintext[lower..<upper]), "\(lower)..<\(upper) \(generator)")
            }
        }
        #expect(throws: SealingError.malformed(.outOfBounds)) {
            try ChunkedEncryption.openRange(file, range: 0..<50_001, key: Self.key, context: Self.context)
        }
    }

    /// Every bit of a short file, and a bit of each region of a long one.
    @Test("Any flipped bit is refused")
    func anyFlippedBitIsRefused() throws {
        let short = try seal(Bytes("short".utf8))
        for bit in 0..<short.count * 8 {
            var changed = short
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: SealingError.notAuthentic) { try open(changed) }
        }
        let long = try seal(Bytes(repeating: 1, count: 40_000))
        for offset in stride(from: 0, to: long.count, by: 997) {
            var changed = long
            changed[offset] ^= 0x80
            #expect(throws: SealingError.notAuthentic) { try open(changed) }
        }
    }

    /// Cut anywhere, above all at a chunk's end; grown; chunks exchanged.
    @Test("Any other length or order is refused")
    func anyOtherLengthOrOrderIsRefused() throws {
        let file = try seal(Bytes(repeating: 1, count: 40_000))
        for count in [0, 1, 55, 56, 71, 72, 56 + 16_400, 56 + 16_400 + 16, 56 + 2 * 16_400, file.count - 1] {
            #expect(throws: SealingError.self) { try open(Array(file[..<count])) }
        }
        #expect(throws: SealingError.self) { try open(file + [0]) }
        let chunk = 56..<56 + 16_400
        let next = chunk.upperBound..<chunk.upperBound + 16_400
        let exchanged = Array(file[..<56] + file[next] + file[chunk] + file[next.upperBound...])
        #expect(throws: SealingError.notAuthentic) { try open(exchanged) }
        // A range in the first chunk still notices that the file ends elsewhere.
        #expect(throws: SealingError.notAuthentic) {
            try ChunkedEncryption.openRange(
                Array(file[..<(56 + 2 * 16_400 - 1)]), range: 0..<10, key: Self.key, context: Self.context)
        }
    }

    /// The file commits to its key: another key, context or salt never opens it.
    @Test("The beginning of a padded file is told from a whole one and from a stranger's")
    func beginnings() throws {
        let file = try seal(Bytes(repeating: 1, count: Padme.padded(20_000)))
        func isCut(_ file: Bytes, _ key: SymmetricKey = Self.key, _ context: Bytes = Self.context) -> Bool {
            ChunkedEncryption.isCut(file, key: key, context: context)
        }
        #expect(!isCut(file))
        for count in 0..<file.count where count < 200 || count % 97 == 0 || count > file.count - 200 {
            let part = Bytes(file[..<count])
            #expect(isCut(part), "\(count) bytes")
            let isAnyones = count < ChunkedEncryption.headCount + 16
            #expect(isCut(part, SymmetricKey(size: .bits256)) == isAnyones)
            #expect(isCut(part, Self.key, [1]) == isAnyones)
            #expect(isCut(Bytes(repeating: 7, count: count)) == isAnyones)
        }
        var changed = file
        changed[100] ^= 1
        #expect(!isCut(changed))
    }

    @Test("Another key or context is refused")
    func anotherKeyOrContextIsRefused() throws {
        let file = try seal(Bytes("text".utf8))
        #expect(throws: SealingError.notAuthentic) {
            try ChunkedEncryption.open(file, key: SymmetricKey(size: .bits256), context: Self.context)
        }
        #expect(throws: SealingError.notAuthentic) {
            try ChunkedEncryption.open(file, key: Self.key, context: Self.context + [0])
        }
        #expect(throws: SealingError.keyUnusable) {
            try ChunkedEncryption.open(file, key: SymmetricKey(size: .bits128), context: Self.context)
        }
    }

    /// Known values of the rule, and its bounds: never shorter, idempotent, at most 12 % longer.
    @Test("Padding follows PADMÉ")
    func padme() {
        #expect(Padme.padded(0) == 16_384)
        #expect(Padme.padded(16_384) == 16_384)
        #expect(Padme.padded(16_385) == 17_408)
        #expect(Padme.padded(9, atLeast: 0) == 10)
        #expect(Padme.padded(1_000_000) == 1_015_808)
        var generator = SeededGenerator()
        for _ in 0..<10_000 {
            let length = Int.random(in: 2...50_000_000, using: &generator)
            let padded = Padme.padded(length, atLeast: 0)
            #expect(padded >= length && Double(padded) <= Double(length) * 1.12, "\(length)")
            #expect(Padme.padded(padded, atLeast: 0) == padded, "\(length)")
        }
    }
}
