import CofferTestKit
import Crypto
import Testing

@testable import Sealing

@Suite("Segments")
struct SegmentTests {
    static let start: Milliseconds = Day(20_781).start + 32_400_000
    let device = SigningKey()
    let identity: SealingPrivateKey

    init() throws { identity = try SealingPrivateKey() }

    static func records(_ count: Int, kind: Kind = .keys, from start: Milliseconds = start) -> [Record] {
        (0..<count).map { number in
            Record(
                time: start + Milliseconds(clamping: number),
                object: .object([.init("text", .string("number \(number)\n"))]),
                tiles: kind == .screen ? Bytes(repeating: 1, count: number) : nil)
        }
    }

    private func seal(_ records: [Record], kind: Kind = .keys) throws -> SealedSegment {
        try SealedSegment.seal(
            records, kind: kind, app: AppName("code"), device: device, to: identity.publicKey)
    }

    @Test("A segment opens to what was sealed", arguments: Kind.allCases)
    func opensWhatItSealed(kind: Kind) throws {
        let records = Self.records(200, kind: kind)
        let segment = try seal(records, kind: kind)
        let (label, opened) = try SegmentOpening.open(segment, with: identity)
        #expect(opened == records)
        #expect(label.kind == kind)
        #expect(label.app.string == "code")
        #expect(label.device == device.publicKey)
        #expect(label.count == 200)
        #expect(label.until == Self.start + 199)
        #expect(label.isValid)
        #expect(segment.header.count == SealedBox.sealedKeyCount)
        #expect(segment.label.count == 1_096)
        // A job has the content key only.
        let key = try SegmentOpening.contentKey(header: segment.header, with: identity)
        #expect(try SegmentOpening.records(body: segment.body, kind: kind, key: key) == records)
    }

    /// Nothing of a short segment shows in its size.
    @Test("Bodies are padded")
    func bodiesArePadded() throws {
        let sizes = try [1, 2, 50, 100].map { try seal(Self.records($0)).body.count }
        #expect(Set(sizes) == [ChunkedEncryption.sealedCount(16_384)])
    }

    @Test("Resealing keeps the id")
    func resealingKeepsTheId() throws {
        let segment = try seal(Self.records(3))
        let other = try SealingPrivateKey()
        let header = try SegmentOpening.reseal(header: segment.header, with: identity, to: other.publicKey)
        let renewed = SealedSegment(header: header, body: segment.body, label: segment.label)
        #expect(renewed.id == segment.id)
        #expect(try SegmentOpening.open(renewed, with: other).records == Self.records(3))
        #expect(throws: SealingError.notAuthentic) { try SegmentOpening.open(renewed, with: identity) }
    }

    @Test("Segments have bounds")
    func segmentsHaveBounds() throws {
        #expect(throws: SealingError.malformed(.outOfBounds)) { try seal([]) }
        let hour = SegmentSpan.maximumDuration
        let twoTimes = { (a: Milliseconds, b: Milliseconds) in
            Self.records(1, from: a) + Self.records(1, from: b)
        }
        _ = try seal(twoTimes(Self.start, Self.start + hour))
        #expect(throws: SealingError.malformed(.outOfBounds)) { try seal(twoTimes(Self.start, Self.start + hour + 1)) }
        let midnight = Day(20_782).start
        _ = try seal(twoTimes(midnight - 1, midnight - 2))
        #expect(throws: SealingError.malformed(.outOfBounds)) { try seal(twoTimes(midnight - 1, midnight)) }
        let big = Record(time: Self.start, object: .object([]), tiles: Bytes(repeating: 0, count: 8 << 20))
        #expect(throws: SealingError.malformed(.outOfBounds)) { try seal([big], kind: .screen) }
        #expect(throws: SealingError.malformed(.notCanonical)) { try seal([big]) }
        #expect(throws: SealingError.malformed(.notCanonical)) { try seal(Self.records(1), kind: .screen) }
        #expect(throws: SealingError.malformed(.notCanonical)) {
            try seal([Record(time: Self.start, object: .string("no object"))])
        }
    }

    /// A bit of every byte of header and label, of every 97th of the body.
    @Test("Any change is refused")
    func anyChangeIsRefused() throws {
        let segment = try seal(Self.records(10))
        for offset in 0..<segment.header.count {
            var header = segment.header
            header[offset] ^= 1 << (offset % 8)
            #expect(throws: SealingError.notAuthentic) {
                try SegmentOpening.open(
                    SealedSegment(header: header, body: segment.body, label: segment.label), with: identity)
            }
        }
        for offset in 0..<segment.label.count {
            var label = segment.label
            label[offset] ^= 1 << (offset % 8)
            #expect(throws: SealingError.notAuthentic) {
                try SegmentOpening.open(
                    SealedSegment(header: segment.header, body: segment.body, label: label), with: identity)
            }
        }
        for offset in stride(from: 0, to: segment.body.count, by: 97) {
            var body = segment.body
            body[offset] ^= 1 << (offset % 8)
            #expect(throws: SealingError.notAuthentic) {
                try SegmentOpening.open(
                    SealedSegment(header: segment.header, body: body, label: segment.label), with: identity)
            }
        }
    }

    /// Parts of two segments do not mix, even under one content key.
    @Test("Parts do not mix")
    func partsDoNotMix() throws {
        let key = SymmetricKey(size: .bits256)
        let salts = (0..<4).map { _ in Random.bytes(24) }
        let segments = try [3, 4].enumerated().map { i, count in
            try SealedSegment.seal(
                Self.records(count), kind: .keys, app: AppName("code"), device: device, to: identity.publicKey,
                key: key,
                bodySalt: salts[i], labelSalt: salts[i + 2], nonce: Random.bytes(16))
        }
        let mixed = SealedSegment(header: segments[0].header, body: segments[1].body, label: segments[0].label)
        #expect(throws: SealingError.notAuthentic) { try SegmentOpening.open(mixed, with: identity) }
    }

    /// Every bit of a label outside its padding is under the device's signature; the padding is zeros.
    @Test("The signature of a label covers all of it")
    func labelsAreSignedWhole() throws {
        let segment = try seal(Self.records(1))
        let key = try SegmentOpening.contentKey(header: segment.header, with: identity)
        let plaintext = try ChunkedEncryption.open(segment.label, key: key, context: SegmentLabel.context)
        #expect(try SegmentLabel(parsing: plaintext).encoded == plaintext)
        for bit in 0..<plaintext.count * 8 {
            var changed = plaintext
            changed[bit / 8] ^= 1 << (bit % 8)
            guard let label = try? SegmentLabel(parsing: changed) else { continue }
            #expect(label.encoded == changed)
            #expect(!label.isValid, "bit \(bit)")
        }
    }

    @Test("Records have one encoding")
    func recordsHaveOneEncoding() throws {
        for kind in [Kind.keys, .screen] {
            let records = Self.records(5, kind: kind)
            let bytes = try Record.encode(records, kind: kind)
            #expect(try Record.parse(bytes, kind: kind) == records)
            for bit in 0..<bytes.count * 8 {
                var changed = bytes
                changed[bit / 8] ^= 1 << (bit % 8)
                guard let parsed = try? Record.parse(changed, kind: kind) else { continue }
                #expect(try Record.encode(parsed, kind: kind) == changed, "bit \(bit)")
            }
            for count in 0..<bytes.count {
                guard let parsed = try? Record.parse(Array(bytes[..<count]), kind: kind) else { continue }
                #expect(parsed == Array(records.prefix(parsed.count)))
            }
        }
    }

    /// Zeros, and exactly as many as Padmé says.
    @Test("Padding has one form")
    func paddingHasOneForm() throws {
        let segment = try seal(Self.records(1))
        let key = try SegmentOpening.contentKey(header: segment.header, with: identity)
        let plaintext = try ChunkedEncryption.open(segment.body, key: key, context: SealedSegment.context)
        for changed in [plaintext.dropLast() + [1], plaintext.dropLast(), plaintext + [0], Array(plaintext[..<3])] {
            let body = try ChunkedEncryption.seal(Array(changed), key: key, context: SealedSegment.context)
            #expect(throws: SealingError.self) { try SegmentOpening.records(body: body, kind: .keys, key: key) }
        }
    }
}
