import Foundation
package import Rules
package import Sealing

/// A manifest that a stream has written, for the outcome that names it.
package struct ManifestFile: Sendable {
    /// Manifests are read to this size.
    package static let maximumCount = 1 << 30

    private let bytes: Bytes
    /// The entries of its releases, ascending.
    package let releases: [UInt64]

    private struct Members: Decodable {
        struct Grant: Decodable {
            let hash: String
        }

        let schema: String
        let origin: String
        let grant: Grant
        let releases: [UInt64]
    }

    /// Throws unless it is a manifest of this grant, and each of its releases was accepted under the grant.
    package init(_ bytes: Bytes, of grant: Hash256, in view: StateView) throws(CofferError) {
        guard let members = try? JSONDecoder().decode(Members.self, from: Data(bytes)),
            members.schema == "coffer.manifest.v1"
        else {
            throw CofferError(
                .usage, "This is not a manifest.", rule: "manifest.format",
                hint: "Name the file that --manifest wrote, or the member __manifest__ of the tar.")
        }
        guard members.origin.hasSameBytes(as: view.origin), members.grant.hash == grant.hex else {
            throw CofferError(.usage, "The manifest is of another grant.", rule: "manifest.grant")
        }
        let accepted = Set(view.releases(under: grant).map(\.entry))
        let releases = Set(members.releases).sorted()
        if let strange = releases.first(where: { !accepted.contains($0) }) {
            throw CofferError(
                .usage, "The manifest names entry \(strange), which is no release under this grant.",
                rule: "manifest.releases")
        }
        guard !releases.isEmpty else {
            throw CofferError(.usage, "The manifest names no release.", rule: "manifest.releases")
        }
        self.bytes = bytes
        self.releases = releases
    }

    /// What outcomes say about it: one for each part of the releases that one outcome can name.
    package func claims(opening: Hash256) -> [Outcome.Manifest] {
        let hash = Outcome.Manifest.commitment(to: bytes, opening: opening)
        return stride(from: 0, to: releases.count, by: Outcome.maximumReleases).map { start in
            let end = min(start + Outcome.maximumReleases, releases.count)
            return Outcome.Manifest(hash: hash, releases: releases[start..<end].map(SaturatingUInt64.init(rawValue:)))
        }
    }
}
