package import Sealing

/// Octets of a policy file.
enum PolicyText {
    /// Whether the octets can be one item of a line: no space and no control character.
    static func isWord(_ word: Bytes) -> Bool { !word.isEmpty && word.allSatisfy { $0 > 0x20 && $0 != 0x7f } }

    static func isWord(_ key: VerifierKey, _ url: Bytes?) -> Bool { isWord(word(key.vkey)) && url.map(isWord) ?? true }

    static func word(_ string: String) -> Bytes { Bytes(string.utf8) }
}

extension WitnessPolicy {
    /// The largest file.
    package static let maximumCount = 1 << 20

    /// Parses the file strictly: refuses everything that it does not know.
    package init(parsing file: Bytes) throws(PolicyError) {
        var draft = PolicyDraft()
        var lines = file.split(separator: 10, omittingEmptySubsequences: false)
        let last = lines.popLast()
        // Every line ends in a newline, the last one too.
        guard file.count <= Self.maximumCount, last?.isEmpty ?? true else {
            throw PolicyError(line: lines.count + 1, reason: .malformed)
        }
        for (number, line) in zip(1..., lines) {
            do throws(PolicyError.Reason) { try draft.read(line) } catch {
                throw PolicyError(line: number, reason: error)
            }
        }
        do throws(PolicyError.Reason) { self = try draft.policy() } catch {
            throw PolicyError(line: lines.count, reason: error)
        }
    }

    /// The file, without comments. Parsing it gives this policy again.
    package var encoded: Bytes {
        var lines: [[Bytes]] = []
        for log in logs {
            lines.append([PolicyText.word("log"), PolicyText.word(log.key.vkey)] + (log.url.map { [$0] } ?? []))
        }
        for witness in witnesses {
            lines.append(
                [PolicyText.word("witness"), witness.name, PolicyText.word(witness.key.vkey)]
                    + (witness.url.map { [$0] } ?? []))
        }
        for group in groups {
            lines.append(
                [PolicyText.word("group"), group.name, PolicyText.word(String(group.threshold))] + group.members)
        }
        lines.append([PolicyText.word("quorum"), quorum])
        return lines.flatMap { Array($0.joined(separator: [0x20])) + [10] }
    }
}

extension PolicyDraft {
    fileprivate mutating func read(_ line: ArraySlice<UInt8>) throws(PolicyError.Reason) {
        guard line.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7f }) else { throw .malformed }
        let items = line.split { $0 == 0x20 || $0 == 0x09 }.map(Bytes.init)
        guard let keyword = items.first, keyword.first != UInt8(ascii: "#") else { return }
        switch String(decoding: keyword, as: UTF8.self) {
        case "log" where 2...3 ~= items.count:
            try add(WitnessPolicy.Log(key: try Self.key(items[1]), url: items.count == 3 ? items[2] : nil))
        case "witness" where 3...4 ~= items.count:
            try add(
                WitnessPolicy.Witness(
                    name: items[1], key: try Self.key(items[2]), url: items.count == 4 ? items[3] : nil))
        case "group" where items.count >= 4:
            let members = Array(items[3...])
            try add(
                WitnessPolicy.Group(
                    name: items[1], threshold: try Self.threshold(items[2], of: members.count), members: members))
        case "quorum" where items.count == 2: try set(quorum: items[1])
        default: throw .malformed
        }
    }

    private static func key(_ item: Bytes) throws(PolicyError.Reason) -> VerifierKey {
        guard let text = String(validating: item, as: UTF8.self) else { throw .malformed }
        do { return try VerifierKey(parsing: text) } catch { throw .malformed }
    }

    private static func threshold(_ item: Bytes, of count: Int) throws(PolicyError.Reason) -> Int {
        switch String(decoding: item, as: UTF8.self) {
        case "all": return count
        case "any": return 1
        default:
            guard let number = Decimal.parse(item), number <= SaturatingUInt64(clamping: PolicyDraft.maximumLines)
            else { throw .threshold }
            return Int(clamping: number)
        }
    }
}
