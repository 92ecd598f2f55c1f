package import Sealing

/// The result of `apply` for an entry. Only acceptance changes the state.
package enum Verdict: Hashable, Sendable {
    /// The statement with this hash was accepted.
    case accepted(Hash256)
    case refused(Refusal)

    package var isAccepted: Bool { accepted != nil }
    /// The statement that was accepted, if one was.
    package var accepted: Hash256? { if case .accepted(let hash) = self { hash } else { nil } }
    /// The rule that refused, if one did.
    package var rule: String? { if case .refused(let refusal) = self { refusal.rule } else { nil } }
}

/// The first rule that a statement or an ask breaks.
package struct Refusal: Error, Hashable, Sendable {
    /// A dotted name, e.g. `release.budget`: the format page Statements lists them all.
    package let rule: String
    /// One sentence for people. It is not part of the verdict.
    package let message: String
    /// The entry that caused it, where one did. It is not part of the verdict.
    package let entry: UInt64?

    package init(_ rule: String, _ message: String, entry: UInt64? = nil) {
        self.rule = rule
        self.message = message
        self.entry = entry
    }

    package static func == (a: Self, b: Self) -> Bool { a.rule == b.rule }
    package func hash(into hasher: inout Hasher) { hasher.combine(rule) }

    /// The refusal that the checks throw, to be thrown later in the order of the rules; nil when all of them hold.
    static func of(_ checks: () throws(Refusal) -> Void) -> Refusal? {
        do throws(Refusal) { try checks() } catch { return error }
        return nil
    }
}

/// Throws the refusal unless the condition holds.
func require(_ condition: Bool, _ rule: String, _ message: @autoclosure () -> String) throws(Refusal) {
    if !condition { throw Refusal(rule, message()) }
}

/// Throws the refusal, if there is one.
func refuse(_ refusal: Refusal?) throws(Refusal) {
    if let refusal { throw refusal }
}
