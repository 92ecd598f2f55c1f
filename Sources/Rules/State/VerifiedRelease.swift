package import Sealing

/// An accepted release with everything that it names, which a broker judges (Design, "A release, step by step", step
/// 3).
///
/// Only a state makes one, and only from text with a hash that it accepted, since entries come from an untrusted disk.
/// The hash fixes the text, so the value may be kept between asks. Each ask is still judged by the newest state, which
/// tells whether the release is in force (`ReleaseJudge`).
package struct VerifiedRelease: Sendable {
    package let hash: Hash256
    package let release: Release

    fileprivate init(hash: Hash256, release: Release) {
        self.hash = hash
        self.release = release
    }
}

extension LedgerState {
    /// The release of this hash, read from its entry; nil when no such release was accepted or the entry holds
    /// something else.
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
