package import Sealing

/// The roster that a consent is bound to: groups, thresholds and the brokers' keys, but not their addresses.
extension CharterTerms {
    /// Whether consents under both terms share their sub-keys: the same group names, thresholds and note keys, in the
    /// same order. A broker may change its URL, cosigner or sealing key without a new roster.
    package func hasSameRoster(as other: CharterTerms) -> Bool {
        groups.elementsEqual(other.groups) { a, b in
            a.name.hasSameBytes(as: b.name) && a.threshold == b.threshold
                && a.brokers.map(\.noteKey) == b.brokers.map(\.noteKey)
        }
    }
}

extension [CharterTerms.Group] {
    /// The groups in the form that the replicated PRF uses. Leaves out a group with an impossible threshold; the rules
    /// accept no charter with one.
    package var shapes: [GroupShape] {
        compactMap { try? GroupShape(name: $0.name, threshold: $0.threshold, count: $0.brokers.count) }
    }
}

extension CharterTerms.Group {
    /// The same groups, with each broker as newer terms have it, if they still name it.
    func renewed(by brokers: [CharterTerms.Broker]) -> Self {
        Self(
            name: name, threshold: threshold,
            brokers: self.brokers.map { old in brokers.first { $0.noteKey == old.noteKey } ?? old })
    }
}
