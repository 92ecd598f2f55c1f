package import Sealing

/// What a job made of the pages it read, so that the record does not end at the job. Signed by the grant's job.
package struct Outcome: StatementContent {
    package static let type = "outcome"
    /// The most releases that one outcome names. A manifest with more of them is logged in several.
    package static let maximumReleases = 4096

    /// A stream's manifest, from version 4 of the rules on. Nobody can tell from the hash what the manifest says: it
    /// would show working days, and which pseudonyms are one person's.
    package struct Manifest: Hashable, Sendable {
        /// SHA-256(D("manifest") ‖ 32 random bytes ‖ manifest).
        package let hash: Hash256
        /// The entries of releases that the manifest names, ascending.
        package let releases: [SaturatingUInt64]

        package init(hash: Hash256, releases: [SaturatingUInt64]) {
            self.hash = hash
            self.releases = releases
        }

        /// The hash of a manifest's bytes, with its random bytes.
        package static func commitment(to manifest: Bytes, opening: Hash256) -> Hash256 {
            Hash256(of: D("manifest") + opening.bytes + manifest)
        }
    }

    package let heading: Heading
    package let grant: Hash256
    /// The model's hash.
    package let model: Hash256
    package let keptUntil: Milliseconds
    package let disposed: Bool
    package let manifest: Manifest?

    package init(
        heading: Heading, grant: Hash256, model: Hash256, keptUntil: Milliseconds, disposed: Bool,
        manifest: Manifest? = nil
    ) {
        self.heading = heading
        self.grant = grant
        self.model = model
        self.keptUntil = keptUntil
        self.disposed = disposed
        self.manifest = manifest
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.grant = try object.hash("grant")
        self.model = try object.hash("model")
        self.keptUntil = try object.milliseconds("keptUntil")
        self.disposed = try object.boolean("disposed")
        guard object.nextName == "manifest" else {
            self.manifest = nil
            return
        }
        let hash = try object.hash("manifest")
        let releases = try object.integers(
            "releases", atMost: Self.maximumReleases, each: CanonicalJSON.maximumInteger)
        guard !releases.isEmpty else { throw .outOfBounds }
        guard zip(releases, releases.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .notCanonical }
        self.manifest = Manifest(hash: hash, releases: releases.map(SaturatingUInt64.init(rawValue:)))
    }

    package var members: [CanonicalJSON.Member] {
        let members: [CanonicalJSON.Member] = [
            .init("grant", .hex(grant)), .init("model", .hex(model)), .init("keptUntil", .milliseconds(keptUntil)),
            .init("disposed", .boolean(disposed)),
        ]
        guard let manifest else { return members }
        return members + [
            .init("manifest", .hex(manifest.hash)), .init("releases", .array(manifest.releases.map { .number($0) })),
        ]
    }
}
