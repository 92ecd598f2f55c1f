import Sealing

/// Why none of the sources of a log could be followed.
struct SourceFailures {
    private var all: [(server: String?, error: CofferError)] = []
    /// Whether a source showed what does not fit.
    private(set) var showJunk = false

    mutating func add(_ error: CofferError, of source: any EntrySource) {
        if error.code == .tampering { showJunk = true }
        all.append((source.server, source.judged(error)))
    }

    /// What to throw when no source is left. Of what servers show, only what is signed and cannot be true is more than a
    /// reason to ask again.
    var error: CofferError {
        guard let first = all.first(where: { $0.error.code == .tampering }) ?? all.first else {
            return CofferError(.tryLater, "No server or folder is known from which to follow the ledger.")
        }
        guard first.error.code != .tampering else { return first.error }
        // A server's own word for a rule is no rule that this machine found broken.
        let rule = first.error.isReply || first.error.isOfClocks ? nil : first.error.rule
        guard all.count > 1 else {
            return CofferError(.tryLater, Self.sentence(first), rule: rule, hint: first.error.hint)
        }
        let seen = all.prefix(3).map(Self.sentence).joined(separator: " ")
        let more = all.count > 3 ? " And so on." : ""
        return CofferError(
            .tryLater, "None of \(all.count) sources serves a log that can be followed. \(seen)\(more)", rule: rule,
            hint: first.error.hint)
    }

    private static func sentence(_ failure: (server: String?, error: CofferError)) -> String {
        guard let server = failure.server, !failure.error.message.contains(server) else { return failure.error.message }
        return "\(server): \(failure.error.message)"
    }
}
