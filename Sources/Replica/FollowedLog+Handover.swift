import Ledger
import Rules
import Sealing

/// A change of the terms in force among the entries that are being followed.
struct CharterTransition: Sendable {
    /// The charter that went out of force: 0 for the first.
    let charter: Int
    /// The policy that was in force until then.
    let policy: CheckpointPolicy
    /// The amendment's own entry.
    let amendment: UInt64
    /// The number of entries before the first one under the new terms.
    let size: UInt64
    /// The tree over the amendment and the entries after it; nil when a followed checkpoint covers the amendment.
    let tree: GrownTree?
}

/// The last checkpoint under a charter that went out of force.
struct Handover: Sendable {
    /// 0 for the first charter.
    let charter: Int
    let checkpoint: SignedNote
}

/// A tree of some size and the leaves after it.
struct GrownTree: Sendable {
    let frontier: MerkleFrontier
    var leaves: [Hash256] = []

    /// The root at a size within the range; nil outside it.
    func root(at size: UInt64) -> Hash256? {
        guard size >= frontier.size, size - frontier.size <= UInt64(leaves.count) else { return nil }
        var frontier = frontier
        for leaf in leaves.prefix(Int(size - frontier.size)) { frontier.append(leafHash: leaf) }
        return frontier.root
    }
}

/// New terms count only after a quorum of the old terms has cosigned a checkpoint over their amendment. So holders of
/// only the new keys cannot make a history of their own.
extension FollowedLog {
    /// Takes a source's checkpoint over exactly these entries. The ledger and a quorum must have signed it, and every
    /// change of terms since the last one that was taken must have been handed over. Returns the checkpoints that did.
    ///
    /// Everyone who reads a log that others serve takes its checkpoint here, so nobody can leave a check out.
    mutating func take(_ note: SignedNote, from source: any EntrySource) async throws(CofferError) -> [Handover] {
        // First the signatures: without them nobody has said anything that a missing handover could contradict.
        let checkpoint = try verified(note)
        let handovers = try await handovers(from: source)
        follow(checkpoint)
        return handovers
    }

    /// Checks each change of terms whose amendment no followed checkpoint covers.
    private func handovers(from source: any EntrySource) async throws(CofferError) -> [Handover] {
        var handovers: [Handover] = []
        for crossing in crossings where crossing.amendment >= covered {
            let note = try await Self.handover(crossing.charter, from: source)
            guard let checkpoint = try? crossing.policy.verify(note), checkpoint.size > crossing.amendment,
                checkpoint.size <= crossing.size, crossing.tree?.root(at: checkpoint.size) == checkpoint.root
            else { throw .noHandover(crossing.amendment) }
            handovers.append(Handover(charter: crossing.charter, checkpoint: note))
        }
        return handovers
    }

    /// Fetches the last checkpoint that was published under a charter that went out of force.
    static func handover(_ charter: Int, from source: any EntrySource) async throws(CofferError) -> SignedNote {
        let bytes: Bytes
        do throws(CofferError) { bytes = try await source.handover(charter: charter) } catch {
            guard error.code == .notFound else { throw error }
            throw .noHandover(nil)
        }
        do { return try SignedNote(checkpoint: bytes) } catch { throw .noHandover(nil) }
    }
}

extension CofferError {
    static func noHandover(_ entry: UInt64?) -> CofferError {
        CofferError(
            .tampering, "No checkpoint over an amendment is cosigned by a quorum of the charter that it amends.",
            rule: "head.handover", entry: entry, hint: "Show this to an auditor, and follow the ledger from a broker.")
    }
}
