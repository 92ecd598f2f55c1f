package import Sealing

/// A job's request that a quorum of reviewers also signed, which makes it a grant.
package struct Grant: StatementContent {
    package static let type = "grant"
    package let heading: Heading
    package let purpose: Hash256
    /// The job's key.
    package let job: VerifyingKey
    package let kinds: [Kind]
    package let apps: [AppName]
    /// The first day.
    package let from: Day
    /// The last day.
    package let to: Day
    /// How many ids the job may name on each UTC day.
    package let pages: SaturatingUInt64
    package let expires: Milliseconds

    package init(
        heading: Heading, purpose: Hash256, job: VerifyingKey, kinds: [Kind], apps: [AppName], from: Day, to: Day,
        pages: SaturatingUInt64, expires: Milliseconds
    ) {
        self.heading = heading
        self.purpose = purpose
        self.job = job
        self.kinds = Set(kinds).sorted { $0.rawValue < $1.rawValue }
        self.apps = Set(apps).sorted { $0.string < $1.string }
        self.from = from
        self.to = to
        self.pages = pages
        self.expires = expires
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.purpose = try object.hash("purpose")
        self.job = try object.key("job")
        self.kinds = try Lists.kinds("kinds", in: &object)
        self.apps = try Lists.apps("apps", in: &object)
        self.from = Day(try object.integer("from", atMost: UInt64(Day.max)))
        self.to = Day(try object.integer("to", atMost: UInt64(Day.max)))
        self.pages = try object.number("pages")
        self.expires = try object.milliseconds("expires")
    }

    package var members: [CanonicalJSON.Member] {
        [
            .init("purpose", .hex(purpose)), .init("job", .hex(job.hash)),
            .init("kinds", .strings(kinds.map(\.rawValue))), .init("apps", .strings(apps.map(\.string))),
            .init("from", .integer(UInt64(from))), .init("to", .integer(UInt64(to))), .init("pages", .number(pages)),
            .init("expires", .milliseconds(expires)),
        ]
    }
}

extension Grant {
    /// Refuses what the purpose does not allow. Does not check whether the purpose is live.
    package func check(against purpose: Purpose, at time: Milliseconds) throws(Refusal) {
        try require(
            Set(kinds).isSubset(of: purpose.kinds), "grant.kind", "The purpose does not allow one of these kinds.")
        try require(
            Set(apps).isSubset(of: purpose.apps), "grant.app", "The purpose does not allow one of these apps.")
        try require(from <= to, "grant.days", "The grant's last day is before its first.")
        try require(pages <= purpose.pages, "grant.budget", "The budget is larger than the purpose's.")
        try require(
            expires > time && expires <= purpose.ends, "grant.expires",
            "The grant must expire after its entry and within the purpose.")
    }
}
