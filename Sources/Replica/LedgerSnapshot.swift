package import Ledger
package import Rules
package import Sealing

/// A log's result at a size: the state, and the edge of the tree to continue from.
///
/// D("snapshot") ‖ u32 version ‖ u64 size ‖ one hash for every bit set in it ‖ the state ‖ SHA-256 of all before. The
/// same log gives the same bytes.
package struct LedgerSnapshot: Sendable {
    package let state: LedgerState
    package let frontier: MerkleFrontier

    package init(state: LedgerState, frontier: MerkleFrontier) {
        self.state = state
        self.frontier = frontier
    }

    package var size: UInt64 { frontier.size }
    package var root: Hash256 { frontier.root }

    package var encoded: Bytes {
        var writer = ByteWriter(D("snapshot"))
        writer.u32(LedgerState.snapshotVersion)
        writer.u64(frontier.size)
        for peak in frontier.peaks { writer.append(peak) }
        state.encode(into: &writer)
        writer.append(Hash256(of: writer.bytes))
        return writer.bytes
    }

    /// The version in a snapshot's bytes; nil when they are not a snapshot.
    package static func version(of bytes: Bytes) -> UInt32? {
        var reader = ByteReader(bytes.prefix(D("snapshot").count + 4))
        guard (try? reader.take(D("snapshot").count)) == D("snapshot") else { return nil }
        return try? reader.u32()
    }

    package init(parsing bytes: Bytes) throws(FormatError) {
        guard bytes.count > 32, try Hash256(bytes.suffix(32)) == Hash256(of: Array(bytes.dropLast(32))) else {
            throw .notCanonical
        }
        var reader = ByteReader(bytes.dropLast(32))
        guard try reader.take(D("snapshot").count) == D("snapshot"), try reader.u32() == LedgerState.snapshotVersion
        else {
            throw .notCanonical
        }
        let size = try reader.u64()
        var peaks: [Hash256] = []
        for _ in 0..<size.nonzeroBitCount { peaks.append(try reader.hash()) }
        self.frontier = try MerkleFrontier(size: size, peaks: peaks)
        self.state = try LedgerState(decoding: &reader)
        try reader.finish()
        guard state.size == size else { throw .notCanonical }
    }
}
