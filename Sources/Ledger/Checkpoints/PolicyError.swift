/// Why a policy file was refused.
package struct PolicyError: Error, Hashable, Sendable {
    package enum Reason: Error, Hashable, Sendable {
        /// Octets or items that are not allowed in any line.
        case malformed
        /// A name that no earlier line defines.
        case unknownName
        case duplicateName
        /// One public key for two logs, or for two witnesses.
        case duplicateKey
        /// A key of a type that a log or a witness may not have.
        case keyType
        /// A member that the group already has.
        case doubleMember
        /// A group's threshold is not between one and the number of its members.
        case threshold
        /// No quorum line, or a second one.
        case quorum
    }

    /// The line's number from 1; the last when something is missing.
    package let line: Int
    package let reason: Reason
}
