import Ledger
package import Sealing

/// The parts that every statement has: an origin, sixteen random bytes, and members in a documented order.
package protocol StatementContent: Hashable, Sendable {
    /// The TYPE of its first line.
    static var type: String { get }
    /// Whether it stops something. Then it has no `until` and no rate limit, and is accepted in every state.
    static var isStopping: Bool { get }
    /// How long after its entry its `until` may be.
    static var longestUntil: Milliseconds { get }
    var heading: Heading { get }
    /// The members after the heading's, in order.
    var members: [CanonicalJSON.Member] { get }
    /// The note's text.
    var text: Bytes { get }
    /// The statement's identity: SHA-256(D("statement") ‖ text).
    var hash: Hash256 { get }
    /// Reads all members.
    init(reading object: inout CanonicalObject) throws(FormatError)
    /// Reads the members after the heading's.
    init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError)
}

extension StatementContent {
    package static var isStopping: Bool { false }
    package static var longestUntil: Milliseconds { 7 * millisecondsPerDay }

    package init(reading object: inout CanonicalObject) throws(FormatError) {
        let heading = try Heading(reading: &object, isStopping: Self.isStopping)
        try self.init(heading: heading, reading: &object)
    }

    package var text: Bytes { NoteText.make(Self.type, heading.members + members) }
    package var hash: Hash256 { SignedNote.identity(of: text) }
}

/// Ledger origin, sixteen random bytes, and for starting statements the time they must be logged by.
package struct Heading: Hashable, Sendable {
    package let origin: String
    /// Sixteen random bytes.
    package let id: ID128
    /// Nil for stopping statements, which never expire.
    package let until: Milliseconds?

    package init(origin: String, until: Milliseconds?) {
        self.init(origin: origin, id: .random(), until: until)
    }

    package init(origin: String, id: ID128, until: Milliseconds?) {
        self.origin = origin
        self.id = id
        self.until = until
    }

    init(reading object: inout CanonicalObject, isStopping: Bool) throws(FormatError) {
        self.origin = try object.string("origin", atMost: 255)
        self.id = try object.id("id")
        self.until = isStopping ? nil : try object.milliseconds("until")
    }

    var members: [CanonicalJSON.Member] {
        [.init("origin", .string(origin)), .init("id", .bytes(id.bytes))]
            + (until.map { [.init("until", .milliseconds($0))] } ?? [])
    }
}

/// A parsed statement of any type (Design, "Statements"). Indirect, since it is passed around more often than it is
/// read.
package indirect enum Statement: Hashable, Sendable {
    case charter(Charter)
    case amend(Amend)
    case enrol(Enrol)
    case dismiss(Dismiss)
    case purpose(Purpose)
    case withdraw(Withdraw)
    case consent(Consent)
    case revoke(Revoke)
    case erase(Erase)
    case grant(Grant)
    case release(Release)
    case outcome(Outcome)
    case destroyed(Destroyed)
    case halt(Halt)
    case resume(Resume)

    /// Parses a note's text, strictly: what parses re-encodes to the same bytes.
    package init(parsing text: Bytes) throws(FormatError) { try self.init(parsing: text[...]) }

    /// Parses a note's text strictly, without a copy.
    package init(parsing text: ArraySlice<UInt8>) throws(FormatError) {
        let parsed = try NoteText(parsing: text)
        var object = parsed.object
        guard let form = Self.forms[parsed.type] else { throw .notCanonical }
        self = try form.read(&object)
        try object.finish()
    }

    package var content: any StatementContent {
        switch self {
        case .charter(let content): content
        case .amend(let content): content
        case .enrol(let content): content
        case .dismiss(let content): content
        case .purpose(let content): content
        case .withdraw(let content): content
        case .consent(let content): content
        case .revoke(let content): content
        case .erase(let content): content
        case .grant(let content): content
        case .release(let content): content
        case .outcome(let content): content
        case .destroyed(let content): content
        case .halt(let content): content
        case .resume(let content): content
        }
    }

    package var type: String { Swift.type(of: content).type }
    package var heading: Heading { content.heading }
    package var isStopping: Bool { Swift.type(of: content).isStopping }
    package var longestUntil: Milliseconds { Swift.type(of: content).longestUntil }
}

extension Statement {
    /// A type of statement, with its parser.
    private struct Form: Sendable {
        let type: String
        let read: @Sendable (inout CanonicalObject) throws(FormatError) -> Statement

        init<Content: StatementContent>(_: Content.Type, _ statement: @escaping @Sendable (Content) -> Statement) {
            type = Content.type
            read = { object throws(FormatError) in statement(try Content(reading: &object)) }
        }
    }

    /// All types, by the TYPE in their first lines.
    private static let forms: [String: Form] = {
        let forms = [
            Form(Charter.self, Statement.charter), Form(Amend.self, Statement.amend),
            Form(Enrol.self, Statement.enrol), Form(Dismiss.self, Statement.dismiss),
            Form(Purpose.self, Statement.purpose), Form(Withdraw.self, Statement.withdraw),
            Form(Consent.self, Statement.consent), Form(Revoke.self, Statement.revoke),
            Form(Erase.self, Statement.erase), Form(Grant.self, Statement.grant),
            Form(Release.self, Statement.release), Form(Outcome.self, Statement.outcome),
            Form(Destroyed.self, Statement.destroyed), Form(Halt.self, Statement.halt),
            Form(Resume.self, Statement.resume),
        ]
        return Dictionary(uniqueKeysWithValues: forms.map { ($0.type, $0) })
    }()
}
