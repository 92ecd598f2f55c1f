import Sealing

/// Releases in a snapshot: whole, or only grant and mark. They refer to grants and consents by index in their tables,
/// since most are named often.
extension LedgerState {
    func encodeReleases(into writer: inout ByteWriter) {
        switch retention {
        case .everything: encodeWhole(into: &writer)
        case .needed: encodeBrief(into: &writer)
        case .sinceBootstrap:
            encodeBrief(into: &writer)
            encodeWhole(into: &writer)
        }
    }

    /// Hash, grant and mark.
    private func encodeBrief(into writer: inout ByteWriter) {
        let grantPlaces = Self.places(grants.keys.sorted())
        writer.table(acceptedReleases.brief.sorted { $0.key < $1.key }) { writer, record in
            guard let grant = grantPlaces[record.value.grant] else {
                preconditionFailure("a release was accepted without its grant")
            }
            writer.append(record.key)
            writer.u32(grant)
            writer.mark(record.value.mark)
        }
    }

    private func encodeWhole(into writer: inout ByteWriter) {
        let releases = acceptedReleases.whole
        let grantPlaces = Self.places(grants.keys.sorted())
        let consentPlaces = Self.places(consents.keys.sorted())
        writer.table(releases.sorted { $0.key < $1.key }) { writer, record in
            let release = record.value.release
            guard let grant = grantPlaces[release.grant] else {
                preconditionFailure("a release was accepted without its grant")
            }
            writer.append(record.key)
            writer.append(release.heading.id.bytes)
            writer.milliseconds(release.heading.until ?? 0)
            writer.u32(grant)
            writer.append(release.recipient)
            writer.mark(record.value.mark)
            writer.u8(UInt8(release.consents.count))
            for part in release.consents {
                guard let consent = consentPlaces[part.consent] else {
                    preconditionFailure("a release was accepted without its consent")
                }
                writer.u32(consent)
                writer.u16(UInt16(part.ids.count))
                for id in part.ids { writer.append(id.bytes) }
            }
        }
    }

    private static func places<Key: Hashable>(_ keys: [Key]) -> [Key: UInt32] {
        var places: [Key: UInt32] = [:]
        places.reserveCapacity(keys.count)
        for (place, key) in keys.enumerated() { places[key] = UInt32(place) }
        return places
    }
}
