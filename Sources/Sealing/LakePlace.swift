/// What an error about the lake concerns: a person's week, page or object.
package struct LakePlace: Hashable, Sendable {
    package let pseudonym: VerifyingKey
    /// The person's name in the samples of a grant, if the error belongs to one.
    package var subject: String?
    /// The Monday of the week.
    package let week: Day?
    package let page: PageID?
    /// The object's name.
    package let object: Hash256?

    package init(_ pseudonym: VerifyingKey, week: Day? = nil, page: PageID? = nil, object: Hash256? = nil) {
        self.pseudonym = pseudonym
        self.week = week
        self.page = page
        self.object = object
    }

    /// For people.
    package var sentence: String {
        var parts = ["pseudonym \(pseudonym.hex)"]
        if let subject { parts.append("subject \(subject)") }
        if let week { parts.append("week of \(CivilTime(week).date)") }
        if let page { parts.append("page \(page.hex)") }
        if let object { parts.append("object \(object.hex)") }
        return "It concerns \(parts.joined(separator: ", "))."
    }
}
