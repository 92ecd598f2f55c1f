/// An error as a person, a script or a log sees it (CommandLine, "Exit codes").
///
/// It never holds content, keys or paths of captured data. Two errors are equal when their codes and rules are.
package struct CofferError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The exit codes of the command line (sysexits).
    package enum Code: Int32, Sendable {
        /// The answer to the command's question is no.
        case no = 1
        /// A whole stream, of which something must go.
        case mustGo = 3
        case usage = 64
        /// A bad signature, a fork: never retry.
        case tampering = 65
        case notFound = 66
        case locked = 69
        case bug = 70
        /// A broker, a quorum or a notice is missing; the message says when to try again.
        case tryLater = 75
        /// Refused by the rules; `rule` and `entry` say by which one.
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
    /// The position of an ask that a broker refuses.
    package var position: UInt64?
    /// The person, the week, the page and the object concerned, as far as they are known.
    package var place: LakePlace?
    /// True when a server replied, with this error or with what cannot be used. False when no reply came, and for
    /// every error that this machine finds elsewhere.
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

    /// The error with the place that it concerns, unless it has one.
    package func at(_ place: LakePlace) -> CofferError {
        var error = self
        error.place = self.place ?? place
        return error
    }

    /// The message, and the place that it concerns.
    package var fullMessage: String { [message, place?.sentence].compactMap { $0 }.joined(separator: " ") }

    /// True when this machine itself verified two inconsistent checkpoints and saved the evidence. A server's reply may
    /// carry the rule `fork`, but never the code for tampering.
    package var isFork: Bool { code == .tampering && rule == "fork" }
}
