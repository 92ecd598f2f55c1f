/// The purpose of a sealed box: HPKE's `info` (Design, "Notation").
///
///     D(use) ‖ origin ‖ hash of the statement concerned ‖ recipient's public key     use: below
///     D(use) ‖ recipient's public key                                                 use: segment, journal
package enum HPKEInfo {
    /// Boxes that are sent, each about one statement.
    package enum StatementUse: String, CaseIterable, Sendable {
        /// Sub-keys to a broker's one-time key; the statement is the consent.
        case deposit
        /// A job's question to a broker; the statement is the release.
        case ask
        /// A broker's answer to the release's recipient; the statement is the release.
        case answer
        /// A job's messages in a session with a broker; the statement is the release.
        case asks
        /// A broker's messages in a session, to the release's recipient; the statement is the release.
        case answers
    }

    /// Boxes that are stored in the vault.
    package enum StorageUse: String, CaseIterable, Sendable {
        /// A segment's content key.
        case segment
        /// A journal's key.
        case journal
    }

    package static func statement(
        _ use: StatementUse, origin: String, statement: Hash256, recipient: SealingPublicKey
    ) -> Bytes {
        D(use.rawValue) + Array(origin.utf8) + statement.bytes + recipient.bytes
    }

    package static func storage(_ use: StorageUse, recipient: SealingPublicKey) -> Bytes {
        D(use.rawValue) + recipient.bytes
    }
}
