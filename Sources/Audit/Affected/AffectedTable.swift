package import Ledger
package import Rules
package import Sealing

/// What `affected` needs from a log, computed once by a replay and stored, so that a million entries answer in a
/// second.
///
///     D("affected") ‖ u32 version ‖ lp(origin) ‖ charter ‖ u64 size ‖ root ‖ digest of the state ‖ lp(terms in force)
///     ‖ purposes (hash ‖ lp(name)) ‖ jobs (key) ‖ grants (u32 job ‖ u32 purpose) ‖ releases (time ‖ u32 grant)
///     ‖ people (key ‖ u32 purpose ‖ u32 pages ‖ n × (u32 release ‖ u32 page)) ‖ SHA-256 of all before
///
/// Every list has its `u32` count before it. A page is a number among its person's; an index week has the top bit set.
/// Nothing in the table proves its contents, as with a snapshot. So it is kept among the user's own files, not beside
/// a mirror, which may come from anywhere.
package struct AffectedTable: Sendable {
    package let origin: String
    package let charter: Hash256
    package let size: UInt64
    package let root: Hash256
    package let state: Hash256
    /// The terms by whose keys the checkpoint is verified.
    package let terms: CharterTerms
    package let purposes: [(hash: Hash256, name: String)]
    package let jobs: [VerifyingKey]

    private let grants: [(job: UInt32, purpose: UInt32)]
    private let releases: [(time: Milliseconds, grant: UInt32)]
    private let people: [Person]

    private struct Person: Sendable {
        let pseudonym: VerifyingKey
        let purpose: UInt32
        let pages: Int
        let rows: [Row]
    }

    private struct Row: Sendable {
        let release: UInt32
        /// A page's number, or an index week if the top bit is set.
        let page: UInt32
    }

    private static let version: UInt32 = 1
    private static let week: UInt32 = 1 << 31

    /// Made from a state with retention `everything` and its verified checkpoint; nil if they do not match.
    package init?(_ state: LedgerState, _ checkpoint: VerifiedCheckpoint) {
        guard state.retention == .everything, state.size == checkpoint.size, let terms = state.charter?.terms else {
            return nil
        }
        origin = state.origin
        charter = state.pinnedCharter
        size = checkpoint.size
        root = checkpoint.root
        self.state = state.digest
        self.terms = terms
        let purposes = state.purposes.sorted { $0.value.mark.index < $1.value.mark.index }
        self.purposes = purposes.map { ($0.key, $0.value.purpose.name) }
        let purposePlaces = Self.places(purposes.map(\.key))
        jobs = Set(state.grants.values.map(\.grant.job)).sorted()
        let jobPlaces = Self.places(jobs)
        let grants = state.grants.sorted { $0.value.mark.index < $1.value.mark.index }
        let grantPlaces = Self.places(grants.map(\.key))
        self.grants = grants.map { (jobPlaces[$0.value.grant.job] ?? 0, purposePlaces[$0.value.grant.purpose] ?? 0) }
        let releases = state.releases.values.sorted { $0.mark.index < $1.mark.index }
        self.releases = releases.map { ($0.mark.time, grantPlaces[$0.release.grant] ?? 0) }

        var rows: [Hash256: [Row]] = [:]
        var pages: [Hash256: [PageID: UInt32]] = [:]
        for (place, record) in releases.enumerated() {
            for part in record.release.consents {
                for id in part.ids {
                    if let monday = id.monday {
                        rows[part.consent, default: []].append(Row(release: UInt32(place), page: Self.week | monday))
                    } else {
                        let next = UInt32(pages[part.consent]?.count ?? 0)
                        let page = pages[part.consent]?[id] ?? next
                        if page == next { pages[part.consent, default: [:]][id] = page }
                        rows[part.consent, default: []].append(Row(release: UInt32(place), page: page))
                    }
                }
            }
        }
        people = rows.compactMap { consent, rows in
            guard let consented = state.consents[consent]?.consent, let place = purposePlaces[consented.purpose] else {
                return nil
            }
            return Person(
                pseudonym: consented.pseudonym, purpose: place, pages: pages[consent]?.count ?? 0, rows: rows)
        }.sorted { $0.pseudonym < $1.pseudonym }
    }

    private static func places<Key: Hashable>(_ keys: [Key]) -> [Key: UInt32] {
        Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, UInt32($0)) })
    }

    // MARK: The answer

    /// Equals what `Affected` computes from the state with this filter.
    package func affected(_ filter: Affected.Filter = .init()) -> Affected {
        let wanted = releases.map { release in
            let grant = grants[Int(release.grant)]
            return filter.takes(release.time) && filter.jobs?.contains(jobs[Int(grant.job)]) != false
                && filter.purposes?.contains(purposes[Int(grant.purpose)].hash) != false
        }
        let answered = people.compactMap { person(of: $0, wanted) }
        return Affected(people: answered, releases: wanted.count { $0 })
    }

    private func person(of person: Person, _ wanted: [Bool]) -> Affected.Person? {
        let rows = person.rows.filter { wanted[Int($0.release)] }
        guard !rows.isEmpty else { return nil }
        var read: Set<UInt32> = []
        for row in rows { read.insert(grants[Int(releases[Int(row.release)].grant)].job) }
        // The last round that saw each page: one round for each job, then one for all jobs together.
        var seen = [UInt32](repeating: 0, count: person.pages)
        var round: UInt32 = 0
        func access(by job: UInt32?) -> (pages: Int, weeks: Int, first: Milliseconds, last: Milliseconds) {
            round += 1
            var pages = 0
            var weeks: Set<UInt32> = []
            var first = Milliseconds.max
            var last: Milliseconds = 0
            for row in rows {
                let release = releases[Int(row.release)]
                guard job == nil || grants[Int(release.grant)].job == job else { continue }
                first = min(first, release.time)
                last = max(last, release.time)
                if row.page & Self.week != 0 {
                    weeks.insert(row.page)
                } else if seen[Int(row.page)] != round {
                    seen[Int(row.page)] = round
                    pages += 1
                }
            }
            return (pages, weeks.count, first, last)
        }
        let accesses = read.map { job in
            let found = access(by: job)
            return Affected.Access(
                job: jobs[Int(job)], pages: found.pages, weeks: found.weeks, first: found.first, last: found.last)
        }.sorted { ($0.last, $0.job) < ($1.last, $1.job) }
        let pages = accesses.count == 1 ? accesses[0].pages : access(by: nil).pages
        return Affected.Person(
            pseudonym: person.pseudonym, purpose: purposes[Int(person.purpose)].hash, accesses: accesses, pages: pages)
    }

    // MARK: Bytes

    package var encoded: Bytes {
        var writer = ByteWriter(D("affected"))
        writer.u32(Self.version)
        writer.lp(origin)
        writer.append(charter)
        writer.u64(size)
        writer.append(root)
        writer.append(state)
        writer.lp(CanonicalJSON.object(terms.members).encoded)
        writer.u32(UInt32(purposes.count))
        for purpose in purposes {
            writer.append(purpose.hash)
            writer.lp(purpose.name)
        }
        writer.u32(UInt32(jobs.count))
        for job in jobs { writer.append(job.hash) }
        writer.u32(UInt32(grants.count))
        for grant in grants {
            writer.u32(grant.job)
            writer.u32(grant.purpose)
        }
        writer.u32(UInt32(releases.count))
        for release in releases {
            writer.milliseconds(release.time)
            writer.u32(release.grant)
        }
        writer.u32(UInt32(people.count))
        for person in people {
            writer.append(person.pseudonym.hash)
            writer.u32(person.purpose)
            writer.u32(UInt32(person.pages))
            writer.u32(UInt32(person.rows.count))
            for row in person.rows {
                writer.u32(row.release)
                writer.u32(row.page)
            }
        }
        writer.append(Hash256(of: writer.bytes))
        return writer.bytes
    }

    /// u32 release ‖ u32 page, of which there are millions.
    private static func rows(_ bytes: Bytes) -> [Row] {
        let span = bytes.span
        return stride(from: 0, to: span.count, by: 8).map { place in
            let word = span.word(at: place)
            return Row(release: UInt32(word >> 32), page: UInt32(truncatingIfNeeded: word))
        }
    }

    package init(parsing bytes: Bytes) throws(FormatError) {
        guard bytes.count > 32 else { throw .truncated }
        guard try Hash256(bytes.suffix(32)) == Hash256(of: Array(bytes.dropLast(32))) else { throw .notCanonical }
        var reader = ByteReader(bytes.dropLast(32))
        guard try reader.take(D("affected").count) == D("affected"), try reader.u32() == Self.version else {
            throw .notCanonical
        }
        origin = try reader.lpString()
        charter = try reader.hash()
        size = try reader.u64()
        root = try reader.hash()
        state = try reader.hash()
        var object = try CanonicalObject(parsing: try reader.lp())
        terms = try CharterTerms(reading: &object)
        try object.finish()
        var purposes: [(hash: Hash256, name: String)] = []
        for _ in 0..<(try reader.count(of: 34)) { purposes.append((try reader.hash(), try reader.lpString())) }
        var jobs: [VerifyingKey] = []
        for _ in 0..<(try reader.count(of: 32)) { jobs.append(VerifyingKey(hash: try reader.hash())) }
        var grants: [(job: UInt32, purpose: UInt32)] = []
        for _ in 0..<(try reader.count(of: 8)) {
            grants.append((try reader.place(below: jobs.count), try reader.place(below: purposes.count)))
        }
        var releases: [(time: Milliseconds, grant: UInt32)] = []
        for _ in 0..<(try reader.count(of: 12)) {
            releases.append((try reader.milliseconds(), try reader.place(below: grants.count)))
        }
        var people: [Person] = []
        for _ in 0..<(try reader.count(of: 44)) {
            let key = VerifyingKey(hash: try reader.hash())
            let purpose = try reader.place(below: purposes.count)
            let pages = Int(try reader.u32())
            let count = Int(try reader.count(of: 8))
            guard pages <= count else { throw .outOfBounds }
            let rows = Self.rows(try reader.take(count * 8))
            guard
                rows.allSatisfy({
                    Int($0.release) < releases.count && ($0.page & Self.week != 0 || Int($0.page) < pages)
                })
            else { throw .outOfBounds }
            people.append(Person(pseudonym: key, purpose: purpose, pages: pages, rows: rows))
        }
        try reader.finish()
        self.purposes = purposes
        self.jobs = jobs
        self.grants = grants
        self.releases = releases
        self.people = people
    }
}

extension ByteReader {
    /// A u32 count of elements that take at least this many bytes each.
    fileprivate mutating func count(of least: Int) throws(FormatError) -> UInt32 {
        let count = try u32()
        guard Int(count) <= remaining / least else { throw .truncated }
        return count
    }

    fileprivate mutating func place(below count: Int) throws(FormatError) -> UInt32 {
        let place = try u32()
        guard Int(place) < count else { throw .outOfBounds }
        return place
    }
}
