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

    /// The laptop's own key for each key that its keyholder signs with: what the keyholder adopts or rewrites comes
    /// from the same laptop as the rest.
    package func laptops() throws(CofferError) -> [VerifyingKey: VerifyingKey] {
        var laptops: [VerifyingKey: VerifyingKey] = [:]
        for device in try certificates().devices where !device.isKeyholder {
            laptops[try keys.keyholderDevice(beside: device.key).publicKey] = device.key
        }
        return laptops
    }

    /// The result of `refresh`.
    package struct Refreshed: Sendable {
        package var segments: [IndexedSegment]
        /// Segments that no certified device signed, or that are damaged, and damaged journals. They are shown, but
        /// never offered.
        package var alarms: [Alarm]
        /// How many records were adopted from journals that a crash left behind.
        package var adopted: Int
        /// Why something could not be repaired, adopted or stored now, for example because the disk is full.
        package var failure: CofferError?
    }

    /// Something in the vault that this identity's devices did not write, or that was changed since.
    package struct Alarm: Sendable, Hashable {
        package enum Reason: String, Sendable { case uncertified, damaged, journal, certificates }
        package let reason: Reason
        /// A segment's id, a journal's name, or the name of a file of the vault.
        package let name: String
    }

    /// Repairs what crashes interrupted, adopts orphans, and updates the index to the stored segments.
    package func refresh(now: Milliseconds) throws(CofferError) -> Refreshed {
        var failure: CofferError?
        // Reading and removing go on without what the disk does not give or take now; it is tried again the next time.
        func attempt(_ body: () throws(CofferError) -> Void) throws(CofferError) {
            do throws(CofferError) { try body() } catch {
                guard error.code == .configuration || error.code == .tryLater else { throw error }
                failure = failure ?? error
            }
        }
        directory.keepReserve()
        try attempt { () throws(CofferError) in try directory.recover() }
        var adoption = Adoption()
        try attempt { () throws(CofferError) in adoption = try adoptOrphans(now: now) }
        let before = storedIndex
        var index = before
        try attempt { () throws(CofferError) in try update(&index, now: now) }
        if index != before { try attempt { () throws(CofferError) in try indexFile.write(index.encoded) } }
        try attempt { () throws(CofferError) in try directory.nameTimes(of: index.segments.values) }
        let list = try? certificates()
        let certified = list ?? Certificates()
        var alarms = index.damaged.sorted().map { Alarm(reason: .damaged, name: $0.hex) } + adoption.alarms
        if list == nil { alarms.append(Alarm(reason: .certificates, name: "certificates")) }
        for segment in index.segments.values where !certified.certifies(segment.device) {
            alarms.append(Alarm(reason: .uncertified, name: segment.id.hex))
        }
        return Refreshed(
            segments: Array(index.segments.values), alarms: alarms, adopted: adoption.records, failure: failure)
    }

    /// The stored index. A cache that does not open or does not parse is rebuilt.
    private var storedIndex: SegmentCatalog {
        guard let bytes = try? indexFile.read(), let parsed = try? SegmentCatalog(parsing: bytes) else {
            return SegmentCatalog()
        }
        return parsed
    }

    /// Makes the index that of what is stored now. Throws the first failure after all other segments were read.
    private func update(_ index: inout SegmentCatalog, now: Milliseconds) throws(CofferError) {
        var failure: CofferError?
        let stored = Set(try directory.segmentIDs())
        index.segments = index.segments.filter { stored.contains($0.key) }
        index.damaged.formIntersection(stored)
        let times = try directory.times()
        for id in stored.subtracting(index.knows) {
            do {
                index.segments[id] = try describe(id, arrived: min(times[id]?.arrived ?? now, now))
            } catch let error as CofferError where error.code == .configuration {
                failure = error
            } catch {
                if directory.hasSegment(id) { index.damaged.insert(id) }
            }
        }
        if let failure { throw failure }
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
