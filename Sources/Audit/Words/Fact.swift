/// One thing that a statement says, as a sentence. Facts of two statements about the same subject can be compared.
struct Fact: Hashable {
    /// What the sentence is about, such as a broker or the shortest notice.
    let subject: String
    let sentence: String

    init(_ subject: String, _ sentence: String) {
        self.subject = subject
        self.sentence = sentence
    }
}

extension [Fact] {
    /// What is new, changed or gone since earlier facts, in their order.
    ///
    /// A subject that stands twice is not compared with anything: all of its sentences are new or gone.
    func changes(since old: [Fact]) -> [String] {
        let known = Set(old)
        let now = Set(self)
        let new = filter { !known.contains($0) }
        let gone = old.filter { !now.contains($0) }
        func only(_ facts: [Fact], _ subject: String) -> Fact? {
            let found = facts.filter { $0.subject == subject }
            return found.count == 1 ? found[0] : nil
        }
        let changed = Set(new.map(\.subject)).filter { only(new, $0) != nil && only(gone, $0) != nil }
        let kept = new.map { fact in
            guard changed.contains(fact.subject), let before = only(gone, fact.subject) else {
                return "New: \(fact.sentence)"
            }
            return "Changed: \(fact.sentence)\n    Before: \(before.sentence)"
        }
        return kept + gone.filter { !changed.contains($0.subject) }.map { "Gone: \($0.sentence)" }
    }
}
