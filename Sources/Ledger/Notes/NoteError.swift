/// Why a note was refused.
package enum NoteError: Error, Equatable, Sendable {
    case malformed
    case tooLarge
    /// A signature by a known key does not verify.
    case badSignature
    case duplicateSigner
    /// No signature by a key that is trusted for this.
    case unsigned
    /// The note is about another log.
    case otherOrigin
    /// Fewer cosigners than the policy asks for.
    case noQuorum
    /// The entry is not in the tree that the checkpoint names.
    case notIncluded
}
