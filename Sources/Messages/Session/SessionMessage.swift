import Rules
package import Sealing

/// A job's later message in a session: `coffer/v1/session-ask` {positions}, or `coffer/v1/session-close` {}.
///
/// It is not signed: only who encapsulated the session's key can seal it, and the job signed that it did.
package enum SessionMessage: Hashable, Sendable {
    case ask([AskPosition])
    case close

    private static let askType = "session-ask"
    private static let closeType = "session-close"

    package var text: Bytes {
        switch self {
        case .ask(let positions):
            NoteText.make(Self.askType, [.init("positions", ListedPositions.json(positions))])
        case .close: NoteText.make(Self.closeType, [])
        }
    }

    package init(parsing text: Bytes) throws(FormatError) {
        let parsed = try NoteText(parsing: text)
        var object = parsed.object
        switch parsed.type {
        case Self.askType: self = .ask(try ListedPositions.read("positions", in: &object))
        case Self.closeType: self = .close
        default: throw .notCanonical
        }
        try object.finish()
    }

    /// The positions that it asks for; a close asks for none.
    var positions: [AskPosition] {
        switch self {
        case .ask(let positions): positions
        case .close: []
        }
    }
}
