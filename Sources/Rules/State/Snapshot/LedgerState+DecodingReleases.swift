import Sealing

/// Reads what `encodeReleases` writes, after grants and consents were read.
extension LedgerState {
    private typealias NamedGrant = (hash: Hash256, grant: Grant)

    mutating func decodeReleases(_ reader: inout ByteReader) throws(FormatError) {
        let grants: [NamedGrant] = grants.sorted { $0.key < $1.key }.map { ($0.key, $0.value.grant) }
        switch retention {
        case .everything: try decodeWhole(&reader, grants)
        case .needed: try decodeBrief(&reader, grants)
        case .sinceBootstrap:
            try decodeBrief(&reader, grants)
            try decodeWhole(&reader, grants)
            guard acceptedReleases.isDisjoint else { throw .notCanonical }
        }
    }

    private mutating func decodeBrief(_ reader: inout ByteReader, _ grants: [NamedGrant]) throws(FormatError) {
        var order = Ascending<Hash256>()
        for _ in 0..<(try reader.count(of: 52)) {
            let hash = try order.next(try reader.hash())
            let grant = try grants.at(try reader.u32())
            acceptedReleases.accept(
                hash, AcceptedRelease(grant: grant.hash, mark: try reader.mark()), under: grant.grant)
        }
    }

    private mutating func decodeWhole(_ reader: inout ByteReader, _ grants: [NamedGrant]) throws(FormatError) {
        let consentHashes = consents.keys.sorted()
        var order = Ascending<Hash256>()
        for _ in 0..<(try reader.count(of: 109)) {
            let hash = try order.next(try reader.hash())
            let heading = Heading(origin: origin, id: ID128(try reader.take(16)), until: try reader.milliseconds())
            let grant = try grants.at(try reader.u32())
            let recipient = try reader.hash()
            let mark = try reader.mark()
            var parts: [Release.Part] = []
            var consents = Ascending<Hash256>()
            for _ in 0..<(try reader.u8()) {
                let consent = try consents.next(try consentHashes.at(try reader.u32()))
                var ids: [PageID] = []
                for _ in 0..<(try reader.u16()) {
                    let id = try PageID(try reader.take(16))
                    if let last = ids.last, last >= id { throw .notCanonical }
                    ids.append(id)
                }
                parts.append(Release.Part(consent: consent, ascending: ids))
            }
            let release = Release(heading: heading, grant: grant.hash, recipient: recipient, consents: parts)
            acceptedReleases.accept(hash, release, at: mark, under: grant.grant)
        }
    }
}

extension Array {
    fileprivate func at(_ place: UInt32) throws(FormatError) -> Element {
        guard Int(place) < count else { throw .outOfBounds }
        return self[Int(place)]
    }
}
