package import Sealing

/// An accepted release with all that it names: what a broker judges (Design, "A release, step by step", step 3).
///
/// Only a state makes one, and only of text that has the hash which it accepted: an entry is read from a disk, and a
/// disk is not trusted. The hash binds the text for ever, so one may be kept from ask to ask; that it is in force is
/// for the state to say that judges, each time anew (`ReleaseJudge`).
package struct VerifiedRelease: Sendable {
    package let hash: Hash256
    package let release: Release

    fileprivate init(hash: Hash256, release: Release) {
        self.hash = hash
        self.release = release
    }
}

extension LedgerState {
    /// The release of this hash, read from its entry; nil when no such release was accepted, or the entry holds
    /// anything else.
    package func release(_ hash: Hash256, in entry: Bytes) -> VerifiedRelease? {
        guard acceptedReleases[hash] != nil, let entry = try? Entry(parsing: entry),
            let content = PreparedNote(entry.note, isChecking: false).content, content.hash == hash,
            case .release(let release) = content.statement
        else { return nil }
        return VerifiedRelease(hash: hash, release: release)
    }

    /// The release of this hash as `apply` took it; nil when no such release was accepted, or the state does not
    /// retain what it names.
    package func release(_ hash: Hash256) -> VerifiedRelease? {
        acceptedReleases.whole[hash].map { VerifiedRelease(hash: hash, release: $0.release) }
    }
}
