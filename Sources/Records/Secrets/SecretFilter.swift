package import Sealing

/// Which secrets are taken out of what is recorded before it is sealed.
package struct SecretFilter: Hashable, Sendable {
    /// A secret in a text: its bytes, and by which form it was found.
    package struct Finding: Hashable, Sendable {
        package let range: Range<Int>
        package let shape: SecretShape
    }

    /// Private keys, tokens, web tokens, card numbers and IBANs.
    package var findsKnownShapes: Bool
    package var findsAddresses: Bool
    /// The person's own patterns, as regular expressions of Swift. Each is matched within one line.
    package private(set) var patterns: [String]

    package static let maximumPatterns = 32
    package static let maximumPatternCount = 256
    /// How much of a line is looked at for own patterns, in bytes.
    private static let maximumLine = 65_536

    package init(findsKnownShapes: Bool = true, findsAddresses: Bool = false) {
        self.findsKnownShapes = findsKnownShapes
        self.findsAddresses = findsAddresses
        patterns = []
    }

    /// Adds a pattern. Throws for one that is no regular expression, matches nothing at all, or is one too many.
    package mutating func add(pattern: String) throws(CofferError) {
        guard patterns.count < Self.maximumPatterns, pattern.utf8.count <= Self.maximumPatternCount else {
            throw CofferError(
                .usage,
                "There may be \(Self.maximumPatterns) patterns of at most \(Self.maximumPatternCount) bytes each.",
                rule: "secrets.pattern")
        }
        guard let regex = try? Regex(pattern), !pattern.isEmpty else {
            throw CofferError(.usage, "A pattern is not a regular expression.", rule: "secrets.pattern")
        }
        guard (try? regex.wholeMatch(in: "")) == nil else {
            throw CofferError(
                .usage, "A pattern that matches the empty text would match everywhere.", rule: "secrets.pattern")
        }
        if !patterns.contains(pattern) { patterns.append(pattern) }
    }

    package mutating func removePatterns() { patterns = [] }

    package var findsNothing: Bool { !findsKnownShapes && !findsAddresses && patterns.isEmpty }

    /// The secrets in a text in UTF-8, in its order. None overlaps another.
    package func findings(in text: Bytes) -> [Finding] {
        var scanner = SecretScanner(knownShapes: findsKnownShapes, addresses: findsAddresses)
        var found = text.withUnsafeBufferPointer { scanner.scan($0) }
        for pattern in patterns { found += matches(of: pattern, in: text) }
        return Self.disjoint(found)
    }

    private func matches(of pattern: String, in text: Bytes) -> [Finding] {
        guard let regex = try? Regex(pattern) else { return [] }
        var found: [Finding] = []
        var start = 0
        for line in text.split(separator: 10, omittingEmptySubsequences: false) {
            let words = String(decoding: line.prefix(Self.maximumLine), as: UTF8.self)
            // A line that is no UTF-8 has other offsets.
            if words.utf8.count == min(line.count, Self.maximumLine) {
                for match in words.matches(of: regex) where !match.range.isEmpty {
                    let from = words.utf8.distance(from: words.startIndex, to: match.range.lowerBound)
                    let until = words.utf8.distance(from: words.startIndex, to: match.range.upperBound)
                    found.append(Finding(range: start + from..<start + until, shape: .own))
                }
            }
            start += line.count + 1
        }
        return found
    }

    /// Joins findings that overlap, under the first one's shape.
    static func disjoint(_ found: [Finding]) -> [Finding] {
        var joined: [Finding] = []
        for next in found.sorted(by: {
            ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound)
        }) {
            if let last = joined.last, next.range.lowerBound < last.range.upperBound {
                let end = max(last.range.upperBound, next.range.upperBound)
                joined[joined.count - 1] = Finding(range: last.range.lowerBound..<end, shape: last.shape)
            } else {
                joined.append(next)
            }
        }
        return joined
    }
}
