import Ledger
package import Sealing

/// What every statement has: an origin, sixteen random bytes, and members in a documented order.
package protocol StatementContent: Hashable, Sendable {
    /// The TYPE of its first line.
    static var type: String { get }
    var heading: Heading { get }
    /// The members after the heading's, in order.
    var members: [CanonicalJSON.Member] { get }
    /// The note's text.
    var text: Bytes { get }
    /// The statement's identity: SHA-256(D("statement") ‖ text).
    var hash: Hash256 { get }
    /// Reads the members after the heading's.
    init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError)
}

extension StatementContent {
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
        self.until = isStopping ? nil : try object.integer("until")
    }

    var members: [CanonicalJSON.Member] {
        [.init("origin", .string(origin)), .init("id", .bytes(id.bytes))]
            + (until.map { [.init("until", .integer($0))] } ?? [])
    }
}

/// A parsed statement of any type (Design, "Statements"). Indirect, since it is handed on more often than it is read.
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

    /// The types that have no `until`, have no rate and are accepted in every state.
    package static let stopping = [Dismiss.type, Withdraw.type, Revoke.type, Erase.type, Halt.type]

    /// Parses a note's text, strictly: what parses re-encodes to the same bytes.
    package init(parsing text: Bytes) throws(FormatError) { try self.init(parsing: text[...]) }

    /// The same without a copy.
    package init(parsing text: ArraySlice<UInt8>) throws(FormatError) {
        let parsed = try NoteText(parsing: text)
        var object = parsed.object
        if parsed.type == Amend.type {
            self = .amend(try Amend(reading: &object))
            try object.finish()
            return
        }
        let heading = try Heading(reading: &object, isStopping: Self.stopping.contains(parsed.type))
        switch parsed.type {
        case Charter.type: self = .charter(try Charter(heading: heading, reading: &object))
        case Enrol.type: self = .enrol(try Enrol(heading: heading, reading: &object))
        case Dismiss.type: self = .dismiss(try Dismiss(heading: heading, reading: &object))
        case Purpose.type: self = .purpose(try Purpose(heading: heading, reading: &object))
        case Withdraw.type: self = .withdraw(try Withdraw(heading: heading, reading: &object))
        case Consent.type: self = .consent(try Consent(heading: heading, reading: &object))
        case Revoke.type: self = .revoke(try Revoke(heading: heading, reading: &object))
        case Erase.type: self = .erase(try Erase(heading: heading, reading: &object))
        case Grant.type: self = .grant(try Grant(heading: heading, reading: &object))
        case Release.type: self = .release(try Release(heading: heading, reading: &object))
        case Outcome.type: self = .outcome(try Outcome(heading: heading, reading: &object))
        case Destroyed.type: self = .destroyed(try Destroyed(heading: heading, reading: &object))
        case Halt.type: self = .halt(try Halt(heading: heading, reading: &object))
        case Resume.type: self = .resume(try Resume(heading: heading, reading: &object))
        default: throw .notCanonical
        }
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
    package var heading: Heading {
        switch self {
        case .charter(let content): content.heading
        case .amend(let content): content.heading
        case .enrol(let content): content.heading
        case .dismiss(let content): content.heading
        case .purpose(let content): content.heading
        case .withdraw(let content): content.heading
        case .consent(let content): content.heading
        case .revoke(let content): content.heading
        case .erase(let content): content.heading
        case .grant(let content): content.heading
        case .release(let content): content.heading
        case .outcome(let content): content.heading
        case .destroyed(let content): content.heading
        case .halt(let content): content.heading
        case .resume(let content): content.heading
        }
    }
    package var isStopping: Bool { Self.stopping.contains(type) }

    /// How long after its entry a starting statement's `until` may lie.
    package var longestUntil: Milliseconds {
        switch self {
        case .release: Release.longestUntil
        case .consent: millisecondsPerDay
        default: 7 * millisecondsPerDay
        }
    }
}
