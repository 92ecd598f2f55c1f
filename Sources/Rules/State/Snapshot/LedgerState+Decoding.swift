package import Sealing

/// Reads exactly what `encode` writes: encoding the result gives the same bytes.
extension LedgerState {
    package init(decoding reader: inout ByteReader) throws(FormatError) {
        let retention: Retention
        switch try reader.u8() {
        case 0: retention = .everything
        case 1: retention = .needed
        case 2: retention = .sinceBootstrap
        default: throw .outOfBounds
        }
        self.init(origin: try reader.lpString(), charterHash: try reader.hash(), retention: retention)
        size = try reader.u64()
        clock = try reader.milliseconds()
        history = try reader.hash()
        try decodeTerms(&reader)
        try decodePeople(&reader)
        try decodeGrants(&reader)
        try decodeReleases(&reader)
        try decodeRest(&reader)
    }

    private mutating func decodeTerms(_ reader: inout ByteReader) throws(FormatError) {
        for _ in 0..<(try reader.count(of: 66)) {
            let hash = try reader.hash()
            var object = try CanonicalObject(parsing: try reader.lp())
            let terms = try CharterTerms(reading: &object)
            try object.finish()
            charters.append(
                CharterRecord(hash: hash, terms: terms, mark: try reader.mark(), since: try reader.milliseconds()))
        }
        if try reader.flag() {
            guard case .amend(let amend) = try Statement(parsing: try reader.lp()) else { throw .notCanonical }
            pending = PendingAmendment(
                effective: try reader.milliseconds(), hash: amend.hash, amend: amend, mark: try reader.mark())
        }
        var order = Ascending<Hash256>()
        for _ in 0..<(try reader.count(of: 36)) {
            let hash = try order.next(try reader.hash())
            var groups: [CharterTerms.Group] = []
            for _ in 0..<(try reader.count(of: 2)) {
                var object = try CanonicalObject(parsing: try reader.lp())
                groups.append(try CharterTerms.Group(reading: &object))
                try object.finish()
            }
            rosters[hash] = groups
        }
        if try reader.flag() { roster = try reader.hash() }
        order = Ascending()
        for _ in 0..<(try reader.count(of: 18)) {
            guard case .purpose(let purpose) = try Statement(parsing: try reader.lp()) else { throw .notCanonical }
            let hash = try order.next(purpose.hash)
            purposes[hash] = PurposeRecord(purpose: purpose, mark: try reader.mark())
        }
        order = Ascending()
        for _ in 0..<(try reader.count(of: 48)) {
            let hash = try order.next(try reader.hash())
            withdrawn[hash] = try reader.mark()
        }
    }

    private mutating func decodePeople(_ reader: inout ByteReader) throws(FormatError) {
        var keys = Ascending<VerifyingKey>()
        for _ in 0..<(try reader.count(of: 36)) {
            let key = try keys.next(try reader.key())
            var record = PseudonymRecord()
            record.enrolled = try reader.optionalMark()
            record.dismissed = try reader.optionalMark()
            record.revoked = try reader.optionalMark()
            if try reader.flag() { record.consent = try reader.hash() }
            pseudonyms[key] = record
        }
        var order = Ascending<Hash256>()
        for _ in 0..<(try reader.count(of: 249)) {
            let hash = try order.next(try reader.hash())
            let heading = Heading(origin: origin, id: ID128(try reader.take(16)), until: try reader.milliseconds())
            let consent = Consent(
                heading: heading, pseudonym: try reader.key(), purpose: try reader.hash(),
                rosterHash: try reader.hash(),
                subKeys: try reader.hash(), scope: try reader.hash(), window: try reader.statedTime(),
                expires: try reader.statedTime())
            var record = ConsentRecord(consent: consent, mark: try reader.mark())
            if try reader.flag() { record.rosterEnded = try reader.milliseconds() }
            consents[hash] = record
        }
        var last: ErasedKey?
        for _ in 0..<(try reader.count(of: 68)) {
            let key = ErasedKey(pseudonym: try reader.key(), consent: try reader.hash())
            if let last, (last.pseudonym, last.consent) >= (key.pseudonym, key.consent) { throw .notCanonical }
            last = key
            var ids = Ascending<PageID>()
            var pages: Set<PageID> = []
            for _ in 0..<(try reader.count(of: 16)) { pages.insert(try ids.next(try PageID(try reader.take(16)))) }
            erasures[key] = pages
        }
    }

    private mutating func decodeGrants(_ reader: inout ByteReader) throws(FormatError) {
        var order = Ascending<Hash256>()
        for _ in 0..<(try reader.count(of: 26)) {
            guard case .grant(let grant) = try Statement(parsing: try reader.lp()) else { throw .notCanonical }
            let hash = try order.next(grant.hash)
            grants[hash] = GrantRecord(grant: grant, mark: try reader.mark(), live: try reader.milliseconds())
        }
    }

    private mutating func decodeRest(_ reader: inout ByteReader) throws(FormatError) {
        var order = Ascending<Hash256>()
        for _ in 0..<(try reader.count(of: 36)) {
            let hash = try order.next(try reader.hash())
            var marks: [LogPosition] = []
            for _ in 0..<(try reader.count(of: 16)) { marks.append(try reader.mark()) }
            outcomes[hash] = marks
        }
        var keys = Ascending<VerifyingKey>()
        for _ in 0..<(try reader.count(of: 40)) {
            let key = try keys.next(try reader.key())
            destructions[key] = try reader.u64()
        }
        order = Ascending()
        for _ in 0..<(try reader.count(of: 49)) {
            let hash = try order.next(try reader.hash())
            halts[hash] = HaltRecord(mark: try reader.mark(), lifted: try reader.optionalMark())
        }
        let stopping = try reader.identities()
        var starting: [Day: PersistentMap<Hash256, UInt64>] = [:]
        var days = Ascending<Day>()
        for _ in 0..<(try reader.count(of: 8)) {
            let day = try days.next(try reader.u32())
            starting[day] = try reader.identities()
        }
        accepted = AcceptedIdentities(stopping: stopping, starting: starting)
        keys = Ascending()
        for _ in 0..<(try reader.count(of: 33)) {
            let key = try keys.next(try reader.key())
            take(try KeyRole(code: try reader.u8()), key)
        }
        order = Ascending()
        for _ in 0..<(try reader.count(of: 44)) {
            let hash = try order.next(try reader.hash())
            spent[hash] = DaySpent(day: try reader.u32(), count: SaturatingUInt64(rawValue: try reader.integer()))
        }
    }
}

/// Checks that keys ascend and do not repeat.
struct Ascending<Key: Comparable> {
    private var last: Key?

    mutating func next(_ key: Key) throws(FormatError) -> Key {
        if let last, last >= key { throw .notCanonical }
        last = key
        return key
    }
}

extension ByteReader {
    /// Reads a count of elements of at least `least` bytes each. Refuses a count that the remaining bytes cannot hold.
    mutating func count(of least: Int) throws(FormatError) -> UInt32 {
        let count = try u32()
        guard Int(count) <= remaining / least else { throw .truncated }
        return count
    }

    fileprivate mutating func flag() throws(FormatError) -> Bool {
        switch try u8() {
        case 0: return false
        case 1: return true
        default: throw .outOfBounds
        }
    }

    /// Reads an integer of a statement: 0…2^53−1, so that sums in the rules cannot overflow.
    fileprivate mutating func integer() throws(FormatError) -> UInt64 {
        let value = try u64()
        guard value <= CanonicalJSON.maximumInteger else { throw .outOfBounds }
        return value
    }

    /// Reads a time of a statement, 0…2^53−1 milliseconds.
    fileprivate mutating func statedTime() throws(FormatError) -> Milliseconds { Milliseconds(rawValue: try integer()) }

    fileprivate mutating func key() throws(FormatError) -> VerifyingKey { VerifyingKey(hash: try hash()) }

    /// An index that no log has is refused, so that the next one can be counted.
    mutating func mark() throws(FormatError) -> LogPosition {
        let index = try u64()
        guard index < UInt64(Int64.max) else { throw .outOfBounds }
        return LogPosition(index: index, time: try milliseconds())
    }

    fileprivate mutating func optionalMark() throws(FormatError) -> LogPosition? { try flag() ? try mark() : nil }

    fileprivate mutating func identities() throws(FormatError) -> PersistentMap<Hash256, UInt64> {
        var table: PersistentMap<Hash256, UInt64> = [:]
        var order = Ascending<Hash256>()
        for _ in 0..<(try count(of: 40)) {
            let hash = try order.next(try hash())
            table[hash] = try u64()
        }
        return table
    }
}
