package import Sealing

/// A value in the log. No initializer takes text from a client.
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

    package static func address(_ url: String) -> LogValue { LogValue(ForeignText.line(url)) }

    package static func key(_ key: VerifyingKey) -> LogValue { LogValue(key.hash.prefix8) }

    /// Only the error's type, because its description may quote a client.
    package static func type(of error: any Error) -> LogValue { LogValue("\(Swift.type(of: error))") }

    /// Where in a library's source an event was logged: module, file and line; `unknown` for a name that no
    /// compiler gives.
    static func place(file: String, line: UInt) -> LogValue {
        let isName = file.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "/._+-".utf8.contains(byte)
            }
        }
        return LogValue(isName && !file.isEmpty && file.utf8.count <= 200 ? "\(file):\(line)" : "unknown")
    }

    package static func code(_ error: CofferError) -> LogValue { number(error.code.rawValue) }

    /// The error's rule, if this program defines it; else `none`, because another server chooses the words of its
    /// errors.
    package static func rule(_ error: CofferError) -> LogValue {
        LogValue(error.rule.flatMap { rules.contains($0) ? $0 : nil } ?? "none")
    }

    /// The rules of a follower's errors.
    private static let rules: Set<String> = [
        "fork", "head.format", "head.signature", "head.origin", "head.handover", "charter.pin", "charter.format",
        "entries.format", "entries.root", "follower.store", "append.format", "append.proof", "rate", "quorum",
        "signature", "clock",
    ]

    /// The pattern that the router matched; a path that matched none is not quoted.
    package static func route(_ pattern: String?, of routes: RoutePatterns) -> LogValue {
        LogValue(pattern.flatMap { routes.patterns.contains($0) ? $0 : nil } ?? "none")
    }
}
