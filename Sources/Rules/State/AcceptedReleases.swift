package import Sealing

/// What the rules ask of an accepted release without its ids: whose it is, and where it stands.
package struct AcceptedRelease: Hashable, Sendable {
    package let grant: Hash256
    package let mark: Mark
}

/// The accepted releases by their hashes, each with as much of it as the state retains (DESIGN §8).
///
/// A state that retains what is needed has a hash, a grant and a mark of each, some hundred bytes however many ids it
/// names; the rest stands in its entry, and whoever wants it reads it there (`VerifiedRelease`).
package struct AcceptedReleases: Sendable {
    private var retention: Retention
    /// Empty when only what is needed is retained.
    private(set) var whole: Table<Hash256, ReleaseRecord> = [:]
    /// Empty when everything is retained. None is in both.
    private(set) var brief: Table<Hash256, AcceptedRelease> = [:]

    init(_ retention: Retention) { self.retention = retention }

    package var count: Int { whole.count + brief.count }

    /// Whether none is held both ways.
    var isDisjoint: Bool { brief.allSatisfy { whole[$0.key] == nil } }

    package subscript(hash: Hash256) -> AcceptedRelease? {
        whole[hash].map { AcceptedRelease(grant: $0.release.grant, mark: $0.mark) } ?? brief[hash]
    }

    mutating func accept(_ hash: Hash256, _ release: Release, at mark: Mark) {
        switch retention {
        case .everything, .sinceTakenOver: whole[hash] = ReleaseRecord(release: release, mark: mark)
        case .needed: accept(hash, AcceptedRelease(grant: release.grant, mark: mark))
        }
    }

    /// Those to come are retained whole.
    mutating func takeOver() { retention = .sinceTakenOver }

    /// What a state that retains what is needed has written of one.
    mutating func accept(_ hash: Hash256, _ release: AcceptedRelease) { brief[hash] = release }

    /// Drops those of these grants of which only what is needed is retained.
    mutating func forget(under grants: Set<Hash256>) {
        let gone = Array(brief.lazy.filter { grants.contains($0.value.grant) }.map(\.key))
        for hash in gone { brief[hash] = nil }
    }
}
