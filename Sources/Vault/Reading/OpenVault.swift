package import Crypto
package import Sealing

/// A vault with its keys, as the keyholder uses it, or a command that was given the passphrase.
package struct OpenVault: Sendable {
    package let directory: VaultDirectory
    package let keys: VaultKeys
    /// The keyholder's own signing key on this device.
    let device: SigningKey

    /// Throws `.refused` with rule `identity` if the keys belong to another identity.
    package init(_ directory: VaultDirectory, keys: VaultKeys) throws(CofferError) {
        guard try directory.sealingPublicKey() == keys.sealing.publicKey else {
            throw CofferError(.refused, "This vault belongs to another identity.", rule: "identity")
        }
        self.directory = directory
        self.keys = keys
        device = try keys.keyholderDevice(beside: try directory.deviceKey().publicKey)
    }

    private var certificatesFile: SealedFile { SealedFile("certificates", in: directory, key: keys.index) }
    private var indexFile: SealedFile { SealedFile("index", in: directory, key: keys.index) }

    package func certificates() throws(CofferError) -> Certificates {
        guard let bytes = try certificatesFile.read() else { return Certificates() }
        do { return try Certificates(parsing: bytes) } catch {
            throw CofferError(.tampering, "The list of certified devices is damaged.")
        }
    }

    /// Certifies this device and its keyholder: at `init` and `key restore`, never because the agent asks.
    package func certifyThisDevice(now: Milliseconds) throws(CofferError) {
        var list = try certificates()
        list.certify(try directory.deviceKey().publicKey, since: now, isKeyholder: false)
        list.certify(device.publicKey, since: now, isKeyholder: true)
        try certificatesFile.write(list.encoded)
    }

    /// Keeps the devices that an earlier identity of the same person certified, and certifies this one.
    package func certify(_ earlier: Certificates, now: Milliseconds) throws(CofferError) {
        try certificatesFile.write(earlier.encoded)
        try certifyThisDevice(now: now)
    }

    /// The result of `refresh`.
    package struct Refreshed: Sendable {
        package var segments: [IndexedSegment]
        /// Segments that no certified device signed, or that are damaged, and damaged journals. They are shown, but
        /// never offered.
        package var alarms: [Alarm]
        /// How many records were adopted from journals that a crash left behind.
        package var adopted: Int
    }

    /// Something in the vault that this identity's devices did not write, or that was changed since.
    package struct Alarm: Sendable, Hashable {
        package enum Reason: String, Sendable { case uncertified, damaged, journal }
        package let reason: Reason
        /// A segment's id, or a journal's name.
        package let name: String
    }

    /// Repairs what crashes interrupted, adopts orphans, and updates the index to the stored segments.
    package func refresh(now: Milliseconds) throws(CofferError) -> Refreshed {
        try directory.recover()
        let adoption = try adoptOrphans(now: now)
        let index = try updateIndex(now: now)
        let certified = try certificates()
        var alarms = index.damaged.sorted().map { Alarm(reason: .damaged, name: $0.hex) } + adoption.alarms
        for segment in index.segments.values where !certified.certifies(segment.device) {
            alarms.append(Alarm(reason: .uncertified, name: segment.id.hex))
        }
        return Refreshed(segments: Array(index.segments.values), alarms: alarms, adopted: adoption.records)
    }

    private func updateIndex(now: Milliseconds) throws(CofferError) -> SegmentCatalog {
        // A cache that does not open or does not parse is rebuilt.
        var index = SegmentCatalog()
        if let bytes = try? indexFile.read(), let parsed = try? SegmentCatalog(parsing: bytes) { index = parsed }
        let before = index
        let stored = Set(try directory.segmentIDs())
        index.segments = index.segments.filter { stored.contains($0.key) }
        index.damaged.formIntersection(stored)
        let times = try directory.times()
        for id in stored.subtracting(index.knows) {
            do {
                index.segments[id] = try describe(id, arrived: min(times[id]?.arrived ?? now, now))
            } catch let error as CofferError where error.code == .configuration {
                throw error
            } catch {
                if directory.hasSegment(id) { index.damaged.insert(id) }
            }
        }
        if index != before { try indexFile.write(index.encoded) }
        try directory.nameTimes(of: index.segments.values)
        return index
    }

    private func describe(_ id: Hash256, arrived: Milliseconds) throws -> IndexedSegment {
        let sealed = try directory.label(id)
        guard Hash256(of: sealed) == id else { throw SealingError.notAuthentic }
        let label = try SegmentOpening.label(sealed, key: try contentKey(id))
        return IndexedSegment(
            id: id, kind: label.kind, app: label.app, device: label.device, from: label.from, until: label.until,
            count: label.count, bodyHash: label.bodyHash, arrived: arrived)
    }

    package func contentKey(_ id: Hash256) throws(CofferError) -> SymmetricKey {
        let header = try directory.header(id)
        do { return try SegmentOpening.contentKey(header: header, with: keys.sealing) } catch {
            throw CofferError(.tampering, "Segment \(id.prefix8) does not open.", hint: "Run `coffer doctor`.")
        }
    }

    /// The segment's records, after its body was compared with its label.
    package func records(of segment: IndexedSegment) throws(CofferError) -> [Record] {
        // The index may have the label from before it was changed.
        guard Hash256(of: try directory.label(segment.id)) == segment.id else {
            throw CofferError(.tampering, "Segment \(segment.id.prefix8) is damaged.", hint: "Run `coffer doctor`.")
        }
        let body = try directory.body(segment.id)
        let key = try contentKey(segment.id)
        guard Hash256(of: body) == segment.bodyHash,
            let records = try? SegmentOpening.records(body: body, kind: segment.kind, key: key),
            records.count == Int(segment.count)
        else {
            throw CofferError(.tampering, "Segment \(segment.id.prefix8) is damaged.", hint: "Run `coffer doctor`.")
        }
        return records
    }
}
