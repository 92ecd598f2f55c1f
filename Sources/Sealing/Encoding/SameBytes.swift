extension StringProtocol {
    /// Whether two strings have the same bytes (Design, "Notes and signers").
    ///
    /// Swift's own `==` treats different spellings of one character as equal, for example `K` and the Kelvin sign.
    /// Other implementations do not.
    package func hasSameBytes(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension String {
    /// Whether two whole strings have the same bytes.
    package func hasSameBytes(as other: String) -> Bool {
        let (mine, others) = (utf8.span, other.utf8.span)
        guard mine.count == others.count else { return false }
        for i in mine.indices where mine[i] != others[i] { return false }
        return true
    }
}
