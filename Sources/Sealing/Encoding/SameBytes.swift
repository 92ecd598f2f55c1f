extension StringProtocol {
    /// Whether two strings have the same bytes (DESIGN §3).
    ///
    /// Swift's own `==` also takes different spellings of one character for equal, `K` and the Kelvin sign among them:
    /// what one implementation takes for the same, another does not.
    package func hasSameBytes(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }
}
