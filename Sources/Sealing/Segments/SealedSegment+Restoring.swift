package import Crypto

extension SealedSegment {
    /// A segment whose body came back from the lake with the key and entry of a page: after a lost laptop
    /// (Design, "Identity").
    ///
    /// The body and its content key stay. The label is new, by a device that is certified now, and with it the id.
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
