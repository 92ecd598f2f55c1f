import FoundationEssentials
import GRDB
package import Ledger
package import Sealing

extension LedgerDatabase: StartableStore {
    package func bootstrapSize() throws(CofferError) -> UInt64? { try access { db in try Self.bootstrapSize(db) } }

    static func bootstrapSize(_ db: Database) throws -> UInt64? {
        try Int64.fetchOne(db, sql: "SELECT size FROM beginning").map(UInt64.init)
    }

    package func beginning() throws(CofferError) -> Bytes? {
        try access { db in try Data.fetchOne(db, sql: "SELECT snapshot FROM beginning").map(Array.init) }
    }

    package func begin(_ snapshot: LedgerSnapshot, checkpoint: SignedNote) throws(CofferError) -> Bool {
        let bytes = Data(snapshot.encoded)
        let edge = Data(HashTile.encode(snapshot.frontier.peaks))
        return try change { db in
            guard try Self.checkpoint(db) == nil else { return false }
            try db.execute(sql: "DELETE FROM entry")
            try db.execute(
                sql: "INSERT OR REPLACE INTO beginning (only, size, edge, snapshot) VALUES (1, ?, ?, ?)",
                arguments: [Int64(snapshot.size), edge, bytes])
            try Self.put(checkpoint, into: db)
            return true
        }
    }

    package func complete(_ entries: [Bytes]) throws(CofferError) -> Bool {
        try change { db in
            guard try Self.bootstrapSize(db) == UInt64(entries.count) else { return false }
            try Self.insert(entries, from: 0, into: db)
            try db.execute(sql: "DELETE FROM beginning")
            return true
        }
    }

    /// Uses the stored edge when the first entries are missing; then no smaller size works.
    package func growth(from old: UInt64, to size: UInt64) throws(CofferError) -> TreeGrowth {
        let edge = try edge()
        let leaves = try leaves(from: edge.size, to: size)
        let growth =
            edge.size == 0
            ? TreeGrowth(Tree(size: size, source: LeafHashes(leaves)), from: old)
            : TreeGrowth(Tree(size: size, source: EdgeHashes(edge, then: leaves)), from: old)
        guard let growth else { throw .corruptStore }
        return growth
    }

    func edge() throws(CofferError) -> MerkleFrontier {
        try access { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT size, edge FROM beginning") else {
                return MerkleFrontier()
            }
            let size = UInt64(row["size"] as Int64)
            let peaks = try? HashTile.parse(Array(row["edge"] as Data), width: size.nonzeroBitCount)
            guard let peaks, let edge = try? MerkleFrontier(size: size, peaks: peaks) else {
                throw CofferError.corruptStore
            }
            return edge
        }
    }
}
