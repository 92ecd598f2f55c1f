package import Sealing

/// What a whole stream has, and what it leaves out (Sample, "The manifest"). The end of the stream means everything
/// that its manifest names.
package struct Manifest: Sendable {
    /// What a stream consists of so far.
    package struct Written: Hashable, Sendable {
        package let count: Int
        package let hash: Hash256

        package init(count: Int, hash: Hash256) {
            self.count = count
            self.hash = hash
        }
    }

    struct Counts: Hashable, Sendable {
        var pages = 0
        var samples = 0
    }

    /// One person's part.
    struct Person: Sendable {
        let subject: String
        var days: [Day: Counts] = [:]
        /// Nil under a consent whose indices do not say which weeks are closed.
        var weeks: IndexChain?
    }

    /// What the grant covers and the stream does not have: a page that an index lists, or a whole person.
    package struct LeftOut: Sendable {
        package let subject: String
        let consent: Hash256
        /// Nil for a person.
        let line: IndexLine?
        package let rule: String
        /// The entry of the ledger that ended it.
        package fileprivate(set) var entry: UInt64?

        package var page: PageID? { line?.page }
    }

    /// Samples that the stream has and nobody may use: a person's, or those of a person's day. A page's content may
    /// show in every sample of its day.
    package struct MustGo: Sendable {
        package let subject: String
        package let day: Day?
        package let page: PageID?
        package let rule: String
        package fileprivate(set) var entry: UInt64?
        package let samples: Int
    }

    /// What of the grant the stream takes.
    let grant: GrantTerms
    let shard: Shard
    /// A hash of what the shares were made from: shares with the same one fit together (`ShardPlan`).
    var plan: Hash256?
    var people: [Hash256: Person] = [:]
    private(set) var leftOut: [LeftOut] = []
    private(set) var mustGo: [MustGo] = []
    /// The entries of the releases, in the order in which they were used.
    private(set) var releases: [UInt64] = []
    private var used: Set<UInt64> = []
    /// The ledger, and the tree by which nothing had ended at the last look.
    var origin = ""
    var tree: (size: UInt64, root: Hash256?) = (0, nil)
    var written: Written?
    /// What earlier streams had written when this one went on after them.
    var before: [Written] = []

    init(_ grant: GrantTerms, shard: Shard) {
        self.grant = grant
        self.shard = shard
    }

    mutating func add(_ page: OpenedPage) {
        people[page.consent.hash]?.days[page.line.day, default: Counts()].pages += 1
    }

    /// Adds a person's day that a stream before has written.
    mutating func add(_ done: Checkpoints.WrittenDay, _ subjects: Subjects) {
        people[done.consent, default: Person(subject: subjects.subject(done.pseudonym))].days[done.day] = Counts(
            pages: done.pages.count, samples: done.samples)
    }

    /// Adds a release, once.
    mutating func use(_ release: UInt64) {
        if used.insert(release).inserted { releases.append(release) }
    }

    mutating func addSample(of consent: Hash256, day: Day) {
        people[consent]?.days[day, default: Counts()].samples += 1
    }

    mutating func leaveOut(
        _ consent: ConsentTerms, _ line: IndexLine?, rule: String, entry: UInt64? = nil, _ subjects: Subjects
    ) {
        leftOut.append(
            LeftOut(
                subject: subjects.subject(consent.pseudonym), consent: consent.hash, line: line, rule: rule,
                entry: entry))
    }

    /// Takes out what the stream goes on without. Samples of it that were written must go.
    mutating func drop(_ reason: Dropped.Reason, opened: Set<PageID>, _ subjects: Subjects) {
        let consent = reason.consent
        leaveOut(consent, reason.line, rule: reason.rule, entry: reason.entry, subjects)
        let samples: Int
        if let line = reason.line {
            guard opened.contains(line.page),
                let counts = people[consent.hash]?.days.removeValue(forKey: line.day)
            else { return }
            samples = counts.samples
        } else {
            samples = people.removeValue(forKey: consent.hash).map { [$0].joinedCounts.samples } ?? 0
        }
        guard samples > 0 else { return }
        mustGo.append(
            MustGo(
                subject: subjects.subject(consent.pseudonym), day: reason.line?.day, page: reason.line?.page,
                rule: reason.rule, entry: reason.entry, samples: samples))
    }

    /// The erased pages, by consent.
    var erased: [Hash256: Set<PageID>] {
        Dictionary(grouping: leftOut.filter { $0.rule == "page.erased" }, by: \.consent)
            .mapValues { Set($0.compactMap(\.page)) }
    }

    /// Names the entries that erased these pages.
    mutating func name(_ erasures: [PageID: UInt64]) {
        for i in leftOut.indices {
            if leftOut[i].entry == nil, let page = leftOut[i].page { leftOut[i].entry = erasures[page] }
        }
        for i in mustGo.indices {
            if mustGo[i].entry == nil, let page = mustGo[i].page { mustGo[i].entry = erasures[page] }
        }
    }

    package var samples: Int { people.values.joinedCounts.samples }
    package var pages: Int { people.values.joinedCounts.pages }

    /// One JSON object and a newline.
    package var encoded: Bytes { Array((json.text + "\n").utf8) }

    /// By which an organisation can refer to it.
    package var hash: Hash256 { Hash256(of: encoded) }

    /// The manifest as one more sample, for loaders that show only samples.
    var row: SampleRow {
        let stream = Sample.Stream(origin: origin, grant: grant.entry, purpose: grant.purpose)
        var row = SampleRow(schema: "coffer.manifest.v1", time: 0, stream: stream)
        row.text = json.text
        return row
    }

    private var json: SampleJSON {
        var tree: [(String, SampleJSON)] = [("size", .integer(self.tree.size))]
        if let root = self.tree.root { tree.append(("root", .string(root.hex))) }
        var members: [(String, SampleJSON)] = [
            ("schema", .string("coffer.manifest.v1")), ("origin", .string(origin)), ("tree", .object(tree)),
            ("grant", .object([("entry", .integer(grant.entry)), ("hash", .string(grant.hash.hex))])),
            ("purpose", .string("sha256:" + grant.purpose.hex)),
            ("kinds", .array(grant.kinds.map { .string($0.rawValue) })),
            ("apps", .array(grant.apps.map { .string($0.string) })),
            ("from", Self.date(grant.days.lowerBound)), ("to", Self.date(grant.days.upperBound)),
            ("shard", .string(shard.name)),
            ("releases", .array(releases.map(SampleJSON.integer))),
            ("subjects", .array(people.values.sorted { $0.subject < $1.subject }.map(Self.json))),
            ("leftOut", .array(leftOut.map(Self.json))), ("mustGo", .array(mustGo.map(Self.json))),
        ]
        if let plan { members.append(("plan", .string(plan.hex))) }
        if !before.isEmpty { members.append(("before", .array(before.map(Self.json)))) }
        if let written { members.append(("written", Self.json(written))) }
        return .object(members)
    }

    private static func json(_ written: Written) -> SampleJSON {
        .object([("bytes", .integer(UInt64(written.count))), ("sha256", .string(written.hash.hex))])
    }

    private static func date(_ day: Day) -> SampleJSON { .string(CivilTime(day).date) }

    private static func json(_ person: Person) -> SampleJSON {
        let days = person.days.sorted { $0.key < $1.key }.map { day, counts in
            SampleJSON.object([
                ("day", date(day)), ("pages", .integer(UInt64(counts.pages))),
                ("samples", .integer(UInt64(counts.samples))),
            ])
        }
        var members: [(String, SampleJSON)] = [("subject", .string(person.subject)), ("days", .array(days))]
        if let weeks = person.weeks {
            members.append(("closed", .array(weeks.closed.map(date))))
            members.append(("open", .array(weeks.open.map(date))))
        }
        return .object(members)
    }

    private static func json(_ left: LeftOut) -> SampleJSON {
        var members: [(String, SampleJSON)] = [("subject", .string(left.subject))]
        if let line = left.line {
            members += [
                ("day", date(line.day)), ("kind", .string(line.kind.rawValue)), ("app", .string(line.app.string)),
                ("page", .string(line.page.hex)),
            ]
        }
        members.append(("rule", .string(left.rule)))
        if let entry = left.entry { members.append(("entry", .integer(entry))) }
        return .object(members)
    }

    private static func json(_ gone: MustGo) -> SampleJSON {
        var members: [(String, SampleJSON)] = [("subject", .string(gone.subject))]
        if let day = gone.day { members.append(("day", date(day))) }
        if let page = gone.page { members.append(("page", .string(page.hex))) }
        members.append(("rule", .string(gone.rule)))
        if let entry = gone.entry { members.append(("entry", .integer(entry))) }
        members.append(("samples", .integer(UInt64(gone.samples))))
        return .object(members)
    }
}

extension Collection<Manifest.Person> {
    fileprivate var joinedCounts: Manifest.Counts {
        flatMap(\.days.values).reduce(into: Manifest.Counts()) {
            $0.pages += $1.pages
            $0.samples += $1.samples
        }
    }
}
