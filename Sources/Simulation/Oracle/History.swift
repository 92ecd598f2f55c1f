import Ledger
import Rules
import Sealing

/// All prefixes of the log that were shown to anyone, each with the model's result. A forked log has prefixes that
/// contradict each other.
struct History {
    struct Prefix: Sendable {
        var entries: [Bytes] = []
        var frontier = MerkleFrontier()
        var model = Model()
        var verdicts: [Bool] = []
        /// The state digest that the first replayer computed for it.
        var digest: Hash256?
        var size: Int { entries.count }
    }

    private(set) var prefixes: [Hash256: Prefix] = [:]
    /// Statements by their note.
    private var facts: [Bytes: Fact] = [:]

    init() {
        learn(Cast.charterNote, Fact(.charter(Cast.charter), hash: Cast.charter.hash, signers: []))
    }

    mutating func learn(_ note: Bytes, _ fact: Fact) { facts[note] = fact }

    mutating func fact(_ note: Bytes) -> Fact? {
        if let known = facts[note] { return known }
        guard let fact = Fact(parsing: note) else { return nil }
        facts[note] = fact
        return fact
    }

    /// Adds a log and returns its prefix.
    @discardableResult
    mutating func observe(_ entries: [Bytes]) -> Prefix {
        var frontiers = [MerkleFrontier()]
        for entry in entries {
            var next = frontiers[frontiers.count - 1]
            next.append(leafHash: Merkle.leafHash(entry))
            frontiers.append(next)
        }
        var known = entries.count
        while known > 0, prefixes[frontiers[known].root] == nil { known -= 1 }
        var prefix = known == 0 ? Prefix() : prefixes[frontiers[known].root] ?? Prefix()
        for i in known..<entries.count {
            let entry = entries[i]
            let stamp = Milliseconds(rawValue: entry.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
            prefix.entries.append(entry)
            prefix.frontier = frontiers[i + 1]
            prefix.verdicts.append(prefix.model.take(stamp: stamp, fact: fact(Array(entry.dropFirst(8)))))
            prefix.digest = nil
            prefixes[prefix.frontier.root] = prefix
        }
        return prefix
    }

    func prefix(_ root: Hash256) -> Prefix? { prefixes[root] }

    mutating func setDigest(_ digest: Hash256, of root: Hash256) { prefixes[root]?.digest = digest }

    /// Whether one log is a prefix of the other.
    func areConsistent(_ a: Hash256, _ b: Hash256) -> Bool? {
        guard let a = prefix(a), let b = prefix(b) else { return nil }
        return zip(a.entries, b.entries).allSatisfy(==)
    }
}
