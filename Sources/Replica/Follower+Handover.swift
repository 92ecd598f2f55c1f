import Ledger
import Rules
import Sealing

/// Where the terms in force changed among entries that are being followed.
struct CharterTransition: Sendable {
    /// Which charter went out of force: 0 for the first.
    let charter: Int
    /// Whose signatures counted until then.
    let policy: CheckpointPolicy
    /// The amendment's own entry.
    let amendment: UInt64
    /// How many entries there were before the first under the new terms.
    let size: UInt64
    /// Over the amendment and what follows it; nil when a head that was followed covers the amendment.
    let tree: GrownTree?
}

/// A tree of some size, and the leaves after it.
struct GrownTree: Sendable {
    let frontier: MerkleFrontier
    var leaves: [Hash256] = []

    /// The root at a size that lies within.
    func root(at size: UInt64) -> Hash256? {
        guard size >= frontier.size, size - frontier.size <= UInt64(leaves.count) else { return nil }
        var frontier = frontier
        for leaf in leaves.prefix(Int(size - frontier.size)) { frontier.append(leafHash: leaf) }
        return frontier.root
    }
}

/// New terms count once a head over their amendment was cosigned by a quorum of the old ones: whoever holds the new
/// keys alone can make no history of its own.
extension Follower {
    /// Checks each change of terms among the entries after `known`. What known covers was cosigned already.
    func checkHandovers(_ next: FollowedLog, after known: FollowedLog, source: any EntrySource)
        async throws(CofferError) -> [(charter: Int, head: SignedNote)]
    {
        var heads: [(charter: Int, head: SignedNote)] = []
        for crossing in next.crossings where crossing.amendment >= known.size {
            let note = try await Self.handover(crossing.charter, from: source)
            guard let head = try? crossing.policy.verify(note), head.size > crossing.amendment,
                head.size <= crossing.size, crossing.tree?.root(at: head.size) == head.root
            else { throw .noHandover(crossing.amendment) }
            heads.append((crossing.charter, note))
        }
        return heads
    }

    /// The last head that was published under a charter that went out of force.
    static func handover(_ charter: Int, from source: any EntrySource) async throws(CofferError) -> SignedNote {
        let bytes: Bytes
        do throws(CofferError) { bytes = try await source.handover(charter: charter) } catch {
            guard error.code == .notFound else { throw error }
            throw .noHandover(nil)
        }
        do { return try SignedNote(head: bytes) } catch { throw .noHandover(nil) }
    }
}

extension CofferError {
    static func noHandover(_ entry: UInt64?) -> CofferError {
        CofferError(
            .tampering, "No head over an amendment is cosigned by a quorum of the charter that it amends.",
            rule: "head.handover", entry: entry, hint: "Show this to an auditor, and follow the ledger from a broker.")
    }
}
