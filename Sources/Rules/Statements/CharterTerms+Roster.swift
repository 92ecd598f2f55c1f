package import Sealing

/// What a consent is bound to: its groups, their thresholds and who the brokers are, not where they are found.
extension CharterTerms {
    /// Whether consents under these terms and under others share their sub-keys: the same group names, thresholds and
    /// note keys, in the same order. A broker may change its URL, cosigner or sealing key without a new roster.
    func hasSameRoster(as other: CharterTerms) -> Bool {
        groups.elementsEqual(other.groups) { a, b in
            a.name.hasSameBytes(as: b.name) && a.threshold == b.threshold
                && a.brokers.map(\.noteKey) == b.brokers.map(\.noteKey)
        }
    }
}

extension [CharterTerms.Group] {
    /// The groups as the replicated PRF sees them. One with an impossible threshold is left out: the rules accept no
    /// charter that has one.
    package var shapes: [GroupShape] {
        compactMap { try? GroupShape(name: $0.name, threshold: $0.threshold, count: $0.brokers.count) }
    }
}

extension CharterTerms.Group {
    /// The same brokers as newer terms have them, where they still do.
    func renewed(by brokers: [CharterTerms.Broker]) -> Self {
        Self(
            name: name, threshold: threshold,
            brokers: self.brokers.map { old in brokers.first { $0.noteKey == old.noteKey } ?? old })
    }
}
