package import Crypto

/// Reading segments: the keyholder with her key, a job with the content key that a page gave it.
package enum SegmentOpening {
    package static func contentKey(header: Bytes, with key: SealingPrivateKey) throws(SealingError) -> SymmetricKey {
        try SealedBox.openKey(header, with: key, info: HPKEInfo.storage(.segment, recipient: key.publicKey))
    }

    /// The label, whose device's signature is checked too.
    package static func label(_ sealed: Bytes, key: SymmetricKey) throws(SealingError) -> SegmentLabel {
        let plaintext = try ChunkedEncryption.open(sealed, key: key, context: SegmentLabel.context)
        let label = try parsing { () throws(FormatError) in try SegmentLabel(parsing: plaintext) }
        guard label.isValid else { throw .notAuthentic }
        return label
    }

    /// The records of a body, whose hash the caller has compared with its label or page entry.
    package static func records(body: Bytes, kind: Kind, key: SymmetricKey) throws(SealingError) -> [Record] {
        let plaintext = try ChunkedEncryption.open(body, key: key, context: SealedSegment.context)
        return try parsing { () throws(FormatError) in try SealedSegment.records(in: plaintext, kind: kind) }
    }

    /// The whole segment: the label, and the records that it promises.
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

    /// The same content key sealed to another identity: nothing else of the segment changes, its id neither.
    package static func reseal(
        header: Bytes, with key: SealingPrivateKey, to recipient: SealingPublicKey
    ) throws(SealingError) -> Bytes {
        try SealedBox.seal(
            key: try contentKey(header: header, with: key), to: recipient,
            info: HPKEInfo.storage(.segment, recipient: recipient))
    }
}
