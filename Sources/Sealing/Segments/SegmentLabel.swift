internal import Crypto

/// A segment's description, sealed beside it (Design, "Segments").
///
///     lp(kind) ‖ lp(app) ‖ device key 32 ‖ u64 from ‖ u64 until ‖ u32 count ‖ SHA-256 of the body ‖ 16 random bytes ‖
///     the device's signature over D("label") ‖ all before ‖ zeros to 1,024
package struct SegmentLabel: Hashable, Sendable {
    static let paddedCount = 1024
    static let context = D("label")
    static let nonceCount = 16

    package let kind: Kind
    package let app: AppName
    package let device: VerifyingKey
    /// The earliest and the latest record's time.
    package let from: Milliseconds
    package let until: Milliseconds
    package let count: UInt32
    /// SHA-256 of the sealed body.
    package let bodyHash: Hash256
    package let nonce: Bytes
    package let signature: Bytes

    init(
        kind: Kind, app: AppName, from: Milliseconds, until: Milliseconds, count: UInt32, bodyHash: Hash256,
        nonce: Bytes, signedBy device: SigningKey
    ) {
        self.kind = kind
        self.app = app
        self.device = device.publicKey
        self.from = from
        self.until = until
        self.count = count
        self.bodyHash = bodyHash
        self.nonce = nonce
        let signed = Self.signed(
            kind: kind, app: app, device: device.publicKey, from: from, until: until, count: count, bodyHash: bodyHash,
            nonce: nonce)
        self.signature = device.signature(over: Self.context + signed)
    }

    private static func signed(
        kind: Kind, app: AppName, device: VerifyingKey, from: Milliseconds, until: Milliseconds, count: UInt32,
        bodyHash: Hash256, nonce: Bytes
    ) -> Bytes {
        var writer = ByteWriter()
        writer.lp(kind.rawValue)
        writer.lp(app.string)
        writer.append(device.hash)
        writer.milliseconds(from)
        writer.milliseconds(until)
        writer.u32(count)
        writer.append(bodyHash)
        writer.append(nonce)
        return writer.bytes
    }

    package var encoded: Bytes {
        let signed = Self.signed(
            kind: kind, app: app, device: device, from: from, until: until, count: count, bodyHash: bodyHash,
            nonce: nonce)
        var writer = ByteWriter(signed + signature)
        writer.pad(to: Self.paddedCount)
        return writer.bytes
    }

    package init(parsing bytes: Bytes) throws(FormatError) {
        guard bytes.count == Self.paddedCount else { throw .outOfBounds }
        var reader = ByteReader(bytes)
        self.kind = try Kind(try reader.lp())
        self.app = try AppName(try reader.lp())
        self.device = try VerifyingKey(try reader.take(32))
        self.from = try reader.milliseconds()
        self.until = try reader.milliseconds()
        self.count = try reader.u32()
        self.bodyHash = try reader.hash()
        self.nonce = try reader.take(Self.nonceCount)
        self.signature = try reader.take(Signature.count)
        try reader.zerosToEnd()
        guard SegmentSpan.isAllowed(from: from, until: until), count > 0 else { throw .outOfBounds }
    }

    /// Whether the device that it names signed it. The vault checks whether that device is certified.
    package var isValid: Bool {
        let signed = Self.signed(
            kind: kind, app: app, device: device, from: from, until: until, count: count, bodyHash: bodyHash,
            nonce: nonce)
        return device.isValid(signature: signature, over: Self.context + signed)
    }

    /// The UTC day of all its records.
    package var day: Day { Day(of: from) }
}
