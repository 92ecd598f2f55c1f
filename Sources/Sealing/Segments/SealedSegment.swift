/// Module Sealing: Coffer's cryptography and its byte formats. Every other module imports it.
///
/// It imports swift-crypto, libsodium (`CSodium`) and `CLinux`, and no module of ours. It is pure: no clock, no files,
/// no network. Callers pass in times and bytes.
///
/// Formats: `SealedSegment` and `Journal` hold recordings; `Page` and `PageIndex` disclose them to a job;
/// `ReplicatedPRF` shares a consent's keys among brokers. Keys: `IdentitySeed`, `SealingPrivateKey`, `SigningKey`, in
/// `SecretMemory` where they live long. Encodings: `Bytes`, `Hash256`, `CanonicalJSON`, `Milliseconds`.
///
/// Promises: parsers accept one encoding per value and bound every length; every forgery gives the same error,
/// `SealingError.notAuthentic`; secrets are wiped after use. `CofferError` is the error that people see.
internal import Crypto

/// A closed segment's three parts, as the vault stores them (Design, "Segments").
///
///     header   HPKE-sealed content key, outside every hash
///     body     chunked encryption, context D("segment"), over u32 length ‖ records ‖ zeros to Padmé, at least 16 KiB
///     label    chunked encryption, context D("label")
package struct SealedSegment: Sendable {
    static let context = D("segment")

    package let header: Bytes
    package let body: Bytes
    package let label: Bytes

    package init(header: Bytes, body: Bytes, label: Bytes) {
        self.header = header
        self.body = body
        self.label = label
    }

    /// The segment id: SHA-256 of the sealed label, which fixes the body and its key.
    package var id: Hash256 { Hash256(of: label) }

    /// Seals records of one kind, app and device, of one UTC day and hour, under a fresh content key.
    package static func seal(
        _ records: [Record], kind: Kind, app: AppName, device: SigningKey, to recipient: SealingPublicKey
    ) throws(SealingError) -> SealedSegment {
        try seal(
            records, kind: kind, app: app, device: device, to: recipient, key: SymmetricKey(size: .bits256),
            bodySalt: Random.bytes(ChunkedEncryption.saltCount), labelSalt: Random.bytes(ChunkedEncryption.saltCount),
            nonce: Random.bytes(SegmentLabel.nonceCount))
    }

    /// Seals with given random values, for tests with known answers only.
    static func seal(
        _ records: [Record], kind: Kind, app: AppName, device: SigningKey, to recipient: SealingPublicKey,
        key: SymmetricKey, bodySalt: Bytes, labelSalt: Bytes, nonce: Bytes
    ) throws(SealingError) -> SealedSegment {
        let span = try span(of: records)
        var plaintext = try parsing { () throws(FormatError) in try Record.padded(records, kind: kind) }
        defer { wipe(&plaintext) }
        let body = try ChunkedEncryption.seal(plaintext, key: key, context: context, salt: bodySalt)
        let label = SegmentLabel(
            kind: kind, app: app, from: span.from, until: span.until, count: UInt32(records.count),
            bodyHash: Hash256(of: body), nonce: nonce, signedBy: device)
        return SealedSegment(
            header: try SealedBox.seal(
                key: key, to: recipient, info: HPKEInfo.storage(.segment, recipient: recipient)),
            body: body,
            label: try ChunkedEncryption.seal(
                label.encoded, key: key, context: SegmentLabel.context, salt: labelSalt))
    }

    private static func span(of records: [Record]) throws(SealingError) -> (from: Milliseconds, until: Milliseconds) {
        guard let from = records.map(\.time).min(), let until = records.map(\.time).max() else {
            throw .malformed(.outOfBounds)
        }
        guard SegmentSpan.isAllowed(from: from, until: until) else { throw .malformed(.outOfBounds) }
        return (from, until)
    }

    /// The records of a body.
    static func records(in plaintext: Bytes, kind: Kind) throws(FormatError) -> [Record] {
        try Record.parse(try Record.unpadded(plaintext), kind: kind)
    }
}
