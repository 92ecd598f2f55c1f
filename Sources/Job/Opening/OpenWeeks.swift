package import Sealing

/// The weeks that nobody has closed yet (PageIndex, "Closed weeks"): their pages may be incomplete, and none of them is
/// missed if the lake loses it.
package struct OpenWeeks: Hashable, Sendable {
    /// How many consents have the week open, by its Monday.
    package private(set) var consents: [Day: Int] = [:]
    /// How many consents are of rules by which indices do not say which weeks are closed.
    package private(set) var unstated = 0

    /// Adds one consent's weeks, and returns what its indices say about them: nil if they say nothing. Throws
    /// `index.missing` if the lake has lost an index of it.
    mutating func add(
        _ consent: ConsentTerms, _ found: [Day: WeekIndices], weeks: some Sequence<Day>
    ) throws(CofferError) -> IndexChain? {
        guard consent.isLinked else {
            unstated += 1
            return nil
        }
        let chain = IndexChain(found, weeks: weeks, consented: consent.day)
        if let lost = chain.lacking.first {
            throw CofferError(
                .tryLater, "The lake lacks an index of a week, so that pages would be missing without a word.",
                rule: "index.missing", hint: "The next sync of the laptop that wrote it puts it back."
            ).at(LakePlace(consent.pseudonym, week: lost, object: found[lost]?.end))
        }
        for monday in chain.open { consents[monday, default: 0] += 1 }
        return chain
    }

    /// For people; nil when every week is closed.
    package var sentence: String? {
        var parts: [String] = []
        let weeks = consents.sorted { $0.key < $1.key }
        if let first = weeks.first, let last = weeks.last {
            let named = weeks.map { "\(CivilTime($0.key).date) (\($0.value) of the consents)" }
            let list = named.count > 4 ? "\(named.count) from \(named[0]) to \(CivilTime(last.key).date)" : nil
            parts.append(
                first.key == last.key
                    ? "open week: \(named[0])" : "open weeks: \(list ?? named.joined(separator: ", "))")
            parts.append("nobody has closed it yet, so pages of it may come, or be lost without a trace")
        }
        if unstated > 0 { parts.append("\(unstated) older consents do not say which of their weeks are closed") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
