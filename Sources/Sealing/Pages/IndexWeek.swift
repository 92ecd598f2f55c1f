package import Crypto

/// One week of one consent: what a reader must know to find its indices and to check them.
package struct IndexWeek: Hashable, Sendable {
    package let consent: Hash256
    package let pseudonym: VerifyingKey
    package let scopeCommitment: Hash256
    package let monday: Day
    /// Whether its indices are linked: those of consents from rules version 3 on.
    package let isLinked: Bool

    package init(
        consent: Hash256, pseudonym: VerifyingKey, scopeCommitment: Hash256, monday: Day, isLinked: Bool
    ) {
        self.consent = consent
        self.pseudonym = pseudonym
        self.scopeCommitment = scopeCommitment
        self.monday = monday
        self.isLinked = isLinked
    }

    package var x: Hash256 { PageIndex.x(consent: consent, monday: monday) }

    /// Opens the file that lies under the name of the r-th index. A linked index says which one it is, so that none can
    /// lie under the name of another.
    package func open(_ file: Bytes, r: UInt32, key: SymmetricKey) throws(SealingError) -> PageIndex {
        let index = try PageIndex.open(
            file, x: x, key: key, pseudonym: pseudonym, monday: monday, scopeCommitment: scopeCommitment,
            isLinked: isLinked)
        guard index.link.map({ $0.r == r }) ?? true else { throw .notAuthentic }
        return index
    }
}
