import Foundation
package import Rules
package import Sealing

/// A manifest that a stream has written, as its file or the tar's member has it. It is a claim until it is compared.
package struct ManifestFile: Sendable {
    /// Manifests are read to this size.
    package static let maximumCount = 1 << 30

    private let bytes: Bytes
    package let origin: String
    package let grant: Hash256
    /// The entries of its releases, ascending. At least one.
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

    package init(_ bytes: Bytes) throws(CofferError) {
        guard let members = try? JSONDecoder().decode(Members.self, from: Data(bytes)),
            members.schema == "coffer.manifest.v1", let grant = try? Hash256(hex: members.grant.hash)
        else {
            throw CofferError(
                .usage, "This is not a manifest.", rule: "manifest.format",
                hint: "Name the file that --manifest wrote, or the member __manifest__ of the tar.")
        }
        self.bytes = bytes
        origin = members.origin
        self.grant = grant
        releases = Set(members.releases).sorted()
        guard !releases.isEmpty else {
            throw CofferError(.usage, "The manifest names no release.", rule: "manifest.releases")
        }
    }

    /// Throws unless it is a manifest of this grant, and each of its releases was accepted under the grant.
    package func require(_ grant: Hash256, in view: StateView) throws(CofferError) {
        guard origin.hasSameBytes(as: view.origin), self.grant == grant else {
            throw CofferError(.usage, "The manifest is of another grant.", rule: "manifest.grant")
        }
        let accepted = Set(view.releases(under: grant).map(\.entry))
        if let strange = releases.first(where: { !accepted.contains($0) }) {
            throw CofferError(
                .usage, "The manifest names entry \(strange), which is no release under this grant.",
                rule: "manifest.releases")
        }
    }

    /// Its hash in an outcome, with the random bytes that the job keeps.
    package func commitment(opening: Hash256) -> Hash256 { Outcome.Manifest.commitment(to: bytes, opening: opening) }

    /// What outcomes say about it: one for each part of the releases that one outcome can name.
    package func claims(opening: Hash256) -> [Outcome.Manifest] {
        let hash = commitment(opening: opening)
        return stride(from: 0, to: releases.count, by: Outcome.maximumReleases).map { start in
            let end = min(start + Outcome.maximumReleases, releases.count)
            return Outcome.Manifest(hash: hash, releases: releases[start..<end].map(SaturatingUInt64.init(rawValue:)))
        }
    }
}
