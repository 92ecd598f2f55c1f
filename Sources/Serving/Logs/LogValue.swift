package import Hummingbird
package import Sealing

/// A value in the log. There is no way to make one from what a client sent.
package struct LogValue: Sendable, CustomStringConvertible {
    package let description: String
    let isNumber: Bool

    private init(_ text: String, isNumber: Bool = false) {
        self.description = text
        self.isNumber = isNumber
    }

    package static func number(_ number: some BinaryInteger & Sendable) -> LogValue {
        LogValue("\(number)", isNumber: true)
    }

    package static func duration(_ duration: Duration) -> LogValue {
        let parts = duration.components
        return number(parts.seconds * 1_000 + parts.attoseconds / 1_000_000_000_000_000)
    }

    package static func word(_ word: StaticString) -> LogValue { LogValue("\(word)") }

    package static func address(_ url: String) -> LogValue { LogValue(url) }

    package static func key(_ key: VerifyingKey) -> LogValue { LogValue(key.hash.prefix8) }

    /// The error's type alone: its description may quote a client.
    package static func type(of error: any Error) -> LogValue { LogValue("\(Swift.type(of: error))") }

    package static func code(_ error: CofferError) -> LogValue { number(error.code.rawValue) }

    /// The rule, if it is one that this program names itself: a server chooses the words of its errors.
    package static func rule(_ error: CofferError) -> LogValue {
        LogValue(error.rule.flatMap { rules.contains($0) ? $0 : nil } ?? "none")
    }

    /// What a follower may find.
    private static let rules: Set<String> = [
        "fork", "head.format", "head.signature", "head.origin", "head.handover", "charter.pin", "charter.format",
        "entries.format", "entries.root", "follower.store", "append.format", "append.proof", "rate", "quorum",
        "signature",
    ]

    /// The pattern that the router matched; what matched none is not quoted.
    package static func route(_ pattern: String?, of routes: RoutePatterns) -> LogValue {
        LogValue(pattern.flatMap { routes.patterns.contains($0) ? $0 : nil } ?? "none")
    }
}

/// The routes of a router by their patterns, e.g. `/deposit/:consent`: no words of a client's.
package struct RoutePatterns: Sendable {
    fileprivate let patterns: Set<String>

    package init(_ router: Router<some RequestContext>) {
        patterns = Set(router.routes.map(\.path.description))
    }
}
