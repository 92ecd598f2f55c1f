extension StringProtocol {
    /// Whether two strings have the same bytes (Design, "Notes and signers").
    ///
    /// Swift's own `==` also takes different spellings of one character for equal, `K` and the Kelvin sign among them:
    /// what one implementation takes for the same, another does not.
    package func hasSameBytes(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension String {
    /// The same of two whole strings.
    package func hasSameBytes(as other: String) -> Bool {
        let (mine, others) = (utf8.span, other.utf8.span)
        guard mine.count == others.count else { return false }
        for i in mine.indices where mine[i] != others[i] { return false }
        return true
    }
}
