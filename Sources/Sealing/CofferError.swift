/// An error at a boundary: what a person, a script or a log is told (CommandLine, "Exit codes").
///
/// It never holds content, keys or paths of captured data. Equal codes and rules are equal errors.
package struct CofferError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The exit codes of the command line (sysexits).
    package enum Code: Int32, Sendable {
        /// The answer is no.
        case no = 1
        case usage = 64
        /// A bad signature, a fork: never retry.
        case tampering = 65
        case notFound = 66
        case locked = 69
        case bug = 70
        /// A broker, a quorum or a notice is missing; the message says when to try again.
        case tryLater = 75
        /// Refused by the rules; the rule and its entry are named.
        case refused = 77
        case configuration = 78
    }

    package var code: Code
    /// The rule that refused, e.g. `grant.kind`.
    package var rule: String?
    /// The ledger entry concerned.
    package var entry: UInt64?
    package var message: String
    /// What to do next.
    package var hint: String?
    /// Whether a server said this in a reply. An error of a request to which no reply came, and every error that this
    /// machine finds itself, has false.
    package var isReply = false

    package init(_ code: Code, _ message: String, rule: String? = nil, entry: UInt64? = nil, hint: String? = nil) {
        self.code = code
        self.message = message
        self.rule = rule
        self.entry = entry
        self.hint = hint
    }

    package static func == (a: Self, b: Self) -> Bool { a.code == b.code && a.rule == b.rule }
    package var description: String { message }

    /// Two histories of one ledger, seen by this machine, which kept the evidence. A server can say the rule's name, but
    /// not that its client saw tampering.
    package var isFork: Bool { code == .tampering && rule == "fork" }
}
