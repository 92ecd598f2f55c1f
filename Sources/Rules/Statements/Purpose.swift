package import Sealing

/// A purpose that recordings may be used for. Signed by a quorum of reviewers.
package struct Purpose: StatementContent {
    package static let type = "purpose"
    package let heading: Heading
    package let name: String
    package let text: String
    /// The legal basis.
    package let basis: String
    package let owner: String
    package let kinds: [Kind]
    package let apps: [AppName]
    package let outputs: String
    /// How long after its entry a grant under this purpose becomes live.
    package let notice: Milliseconds
    /// How many ids may be named under it on each UTC day.
    package let pages: SaturatingUInt64
    package let ends: Milliseconds

    package init(
        heading: Heading, name: String, text: String, basis: String, owner: String, kinds: [Kind], apps: [AppName],
        outputs: String, notice: Milliseconds, pages: SaturatingUInt64, ends: Milliseconds
    ) {
        self.heading = heading
        self.name = name
        self.text = text
        self.basis = basis
        self.owner = owner
        self.kinds = Set(kinds).sorted { $0.rawValue < $1.rawValue }
        self.apps = Set(apps).sorted { $0.string < $1.string }
        self.outputs = outputs
        self.notice = notice
        self.pages = pages
        self.ends = ends
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.name = try object.string("name", atMost: 255)
        self.text = try object.string("text", atMost: 16_384)
        self.basis = try object.string("basis", atMost: 1024)
        self.owner = try object.string("owner", atMost: 255)
        self.kinds = try Lists.kinds("kinds", in: &object)
        self.apps = try Lists.apps("apps", in: &object)
        self.outputs = try object.string("outputs", atMost: 1024)
        self.notice = try object.milliseconds("notice")
        self.pages = try object.number("pages")
        self.ends = try object.milliseconds("ends")
    }

    package var members: [CanonicalJSON.Member] {
        [
            .init("name", .string(name)), .init("text", .string(text)), .init("basis", .string(basis)),
            .init("owner", .string(owner)), .init("kinds", .strings(kinds.map(\.rawValue))),
            .init("apps", .strings(apps.map(\.string))), .init("outputs", .string(outputs)),
            .init("notice", .milliseconds(notice)), .init("pages", .number(pages)), .init("ends", .milliseconds(ends)),
        ]
    }
}
