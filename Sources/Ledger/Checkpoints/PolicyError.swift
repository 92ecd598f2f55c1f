/// Why a policy file was refused.
package struct PolicyError: Error, Hashable, Sendable {
    package enum Reason: Error, Hashable, Sendable {
        /// Octets or items that no line has.
        case malformed
        /// A name that no line before this one defines.
        case unknownName
        case duplicateName
        /// One public key for two logs, or for two witnesses.
        case duplicateKey
        /// A key whose type is not one of a log's, or of a witness's.
        case keyType
        /// A member that a group has already.
        case doubleMember
        /// A group's number is not from one to that of its members.
        case threshold
        /// No quorum line, or a second one.
        case quorum
    }

    /// The line's number from 1; the last when something is missing.
    package let line: Int
    package let reason: Reason
}
