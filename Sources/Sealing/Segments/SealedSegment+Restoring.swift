package import Crypto

extension SealedSegment {
    /// Restores a segment after a laptop was lost: the body comes from the lake, its key and entry from a page (Design,
    /// "Identity").
    ///
    /// The body and its content key stay the same. The label is new, signed by a device that is certified now, so the
    /// id is new too.
    package static func restored(
        body: Bytes, entry: PageEntry, contentKey: SymmetricKey, device: SigningKey, to recipient: SealingPublicKey
    ) throws(SealingError) -> SealedSegment {
        guard Hash256(of: body) == entry.bodyHash else { throw .notAuthentic }
        let label = SegmentLabel(
            kind: entry.kind, app: entry.app, from: entry.from, until: entry.until, count: entry.count,
            bodyHash: entry.bodyHash, nonce: Random.bytes(SegmentLabel.nonceCount), signedBy: device)
        return SealedSegment(
            header: try SealedBox.seal(
                key: contentKey, to: recipient, info: HPKEInfo.storage(.segment, recipient: recipient)),
            body: body,
            label: try ChunkedEncryption.seal(label.encoded, key: contentKey, context: SegmentLabel.context))
    }
}
