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

    /// A page that an index lists and the stream does not have, although the grant covers it.
    struct LeftOut: Sendable {
        let subject: String
        let line: IndexLine
        let rule: String
    }

    /// What of the grant the stream takes.
    let grant: GrantTerms
    let shard: Shard
    /// A hash of what the shares were made from: shares with the same one fit together (`ShardPlan`).
    var plan: Hash256?
    var people: [Hash256: Person] = [:]
    var leftOut: [LeftOut] = []
    /// The entries of the releases, in the order in which they were used.
    var releases: [UInt64] = []
    /// The ledger, and the tree by which nothing had ended at the last look.
    var origin = ""
    var tree: (size: UInt64, root: Hash256?) = (0, nil)
    var written: Written?

    init(_ grant: GrantTerms, shard: Shard) {
        self.grant = grant
        self.shard = shard
    }

    mutating func add(_ page: OpenedPage) {
        people[page.consent.hash]?.days[page.line.day, default: Counts()].pages += 1
    }

    mutating func addSample(of consent: Hash256, day: Day) {
        people[consent]?.days[day, default: Counts()].samples += 1
    }

    package var samples: Int { people.values.joinedCounts.reduce(0) { $0 + $1.samples } }
    package var pages: Int { people.values.joinedCounts.reduce(0) { $0 + $1.pages } }

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
            ("shard", .string("\(shard.index)/\(shard.count)")),
            ("releases", .array(releases.map(SampleJSON.integer))),
            ("subjects", .array(people.values.sorted { $0.subject < $1.subject }.map(Self.json))),
            ("leftOut", .array(leftOut.map(Self.json))),
        ]
        if let plan { members.append(("plan", .string(plan.hex))) }
        if let written {
            let parts: [(String, SampleJSON)] = [
                ("bytes", .integer(UInt64(written.count))), ("sha256", .string(written.hash.hex)),
            ]
            members.append(("written", .object(parts)))
        }
        return .object(members)
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
        .object([
            ("subject", .string(left.subject)), ("day", date(left.line.day)),
            ("kind", .string(left.line.kind.rawValue)), ("app", .string(left.line.app.string)),
            ("page", .string(left.line.page.hex)), ("rule", .string(left.rule)),
        ])
    }
}

extension Collection<Manifest.Person> {
    fileprivate var joinedCounts: [Manifest.Counts] { flatMap(\.days.values) }
}
