package import Sealing

/// Which entries of a log are listed.
package struct EntryFilter: Sendable {
    /// A statement's type.
    package var type: String?
    /// A name from a charter, or the first digits of a key.
    package var signer: String?
    package var since: Milliseconds?
    /// Entries with this stamp are not listed any more.
    package var until: Milliseconds?

    package init() {}

    func takes(stamp: Milliseconds) -> Bool {
        (since.map { stamp >= $0 } ?? true) && (until.map { stamp < $0 } ?? true)
    }

    /// Whether one of these keys is the signer. Fewer than four digits of a key name nobody.
    func takes(signers: [VerifyingKey], _ names: Names) -> Bool {
        guard let signer else { return true }
        return signers.contains { key in
            names.isCalled(signer, key) || (signer.utf8.count >= 4 && key.hex.hasPrefix(signer))
        }
    }
}
