package import Crypto

/// Reads segments: the keyholder with the sealing key, a job with the content key from a page.
package enum SegmentOpening {
    package static func contentKey(header: Bytes, with key: SealingPrivateKey) throws(SealingError) -> SymmetricKey {
        try SealedBox.openKey(header, with: key, info: HPKEInfo.storage(.segment, recipient: key.publicKey))
    }

    /// Opens the label and checks its device's signature.
    package static func label(_ sealed: Bytes, key: SymmetricKey) throws(SealingError) -> SegmentLabel {
        let plaintext = try ChunkedEncryption.open(sealed, key: key, context: SegmentLabel.context)
        let label = try parsing { () throws(FormatError) in try SegmentLabel(parsing: plaintext) }
        guard label.isValid else { throw .notAuthentic }
        return label
    }

    /// The records of a body. The caller must have compared its hash with the label or page entry.
    package static func records(body: Bytes, kind: Kind, key: SymmetricKey) throws(SealingError) -> [Record] {
        let plaintext = try ChunkedEncryption.open(body, key: key, context: SealedSegment.context)
        return try parsing { () throws(FormatError) in try SealedSegment.records(in: plaintext, kind: kind) }
    }

    /// Whether a body is only the beginning of one.
    package static func isCut(body: Bytes, key: SymmetricKey) -> Bool {
        ChunkedEncryption.isCut(body, key: key, context: SealedSegment.context)
    }

    /// Opens the whole segment and checks that its records are those that the label describes.
    package static func open(
        _ segment: SealedSegment, with key: SealingPrivateKey
    ) throws(SealingError) -> (label: SegmentLabel, records: [Record]) {
        let content = try contentKey(header: segment.header, with: key)
        let label = try label(segment.label, key: content)
        guard Hash256(of: segment.body) == label.bodyHash else { throw .notAuthentic }
        let records = try records(body: segment.body, kind: label.kind, key: content)
        guard records.count == Int(label.count), records.map(\.time).min() == label.from,
            records.map(\.time).max() == label.until
        else { throw .notAuthentic }
        return (label, records)
    }

    /// Seals the content key to another identity. The rest of the segment stays the same, including its id.
    package static func reseal(
        header: Bytes, with key: SealingPrivateKey, to recipient: SealingPublicKey
    ) throws(SealingError) -> Bytes {
        try SealedBox.seal(
            key: try contentKey(header: header, with: key), to: recipient,
            info: HPKEInfo.storage(.segment, recipient: recipient))
    }
}
