import Files
import FoundationEssentials
import GRDB
import Glibc
package import Ledger
package import Sealing

/// A follower's store in SQLite, `ledger.db`. Several processes of one user may open it.
///
/// The table `beginning` has a row only while the first entries are missing (`StartableStore`).
package struct LedgerDatabase: FollowerStore {
    let database: DatabaseQueue

    /// Opens or creates the file. Its folder must exist.
    package init(path: String) throws(CofferError) {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.journalMode = .wal
        do {
            // SQLite gives a database the mode that the umask leaves, and its companions the database's own.
            try Self.makePrivate(path)
            database = try DatabaseQueue(path: path, configuration: configuration)
            // GRDB sets synchronous = NORMAL when it opens a database in WAL mode, so FULL comes after that.
            let synchronous = try database.writeWithoutTransaction { db -> Int? in
                try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY")
                return try Int.fetchOne(db, sql: "PRAGMA synchronous")
            }
            guard synchronous == 2 else { throw CofferError(.configuration, "SQLite refuses to write durably.") }
            try database.write { db in
                try db.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
                        CREATE TABLE IF NOT EXISTS head (only INTEGER PRIMARY KEY CHECK (only = 1), note BLOB NOT NULL) STRICT;
                        CREATE TABLE IF NOT EXISTS beginning (only INTEGER PRIMARY KEY CHECK (only = 1),
                            size INTEGER NOT NULL, edge BLOB NOT NULL, snapshot BLOB NOT NULL) STRICT;
                        """)
            }
        } catch let error as CofferError {
            throw error
        } catch DatabaseError.SQLITE_CORRUPT, DatabaseError.SQLITE_NOTADB {
            throw .corruptStore
        } catch {
            throw CofferError(
                .configuration, "The followed ledger at \(path) cannot be opened.",
                hint: "Check the folder, its permissions and the free space.")
        }
    }

    /// Makes the file with mode 0600 if it is not there, and takes the others' rights if it is.
    private static func makePrivate(_ path: String) throws(FileError) {
        do throws(FileError) { try Durable().create([], at: path, mode: 0o600) } catch {
            guard error.code == EEXIST else { throw error }
            chmod(path, 0o600)
        }
    }

    package func checkpoint() throws(CofferError) -> SignedNote? {
        try access { db in try Self.checkpoint(db) }
    }

    static func checkpoint(_ db: Database) throws -> SignedNote? {
        guard let note = try Data.fetchOne(db, sql: "SELECT note FROM head") else { return nil }
        return try SignedNote(checkpoint: note)
    }

    /// Empty where the store began with a state after this index.
    package func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes] {
        try access { db in
            if let bootstrapSize = try Self.bootstrapSize(db), index < bootstrapSize { return [] }
            let rows = try Row.fetchAll(
                db, sql: "SELECT number, bytes FROM entry WHERE number >= ? ORDER BY number LIMIT ?",
                arguments: [Int64(index), count])
            return try rows.enumerated().map { i, row in
                guard row["number"] as Int64 == Int64(index) + Int64(i) else { throw CofferError.corruptStore }
                return Array(row["bytes"] as Data)
            }
        }
    }

    package func advance(from size: UInt64, appending entries: [Bytes], checkpoint: SignedNote) throws(CofferError)
        -> Bool
    {
        try change { db in
            guard try Self.size(of: try Self.checkpoint(db)) == size else { return false }
            try Self.insert(entries, from: size, into: db)
            try Self.put(checkpoint, into: db)
            return true
        }
    }

    static func insert(_ entries: [Bytes], from index: UInt64, into db: Database) throws {
        let insert = try db.makeStatement(sql: "INSERT OR REPLACE INTO entry (number, bytes) VALUES (?, ?)")
        for (i, entry) in entries.enumerated() {
            try insert.execute(arguments: [Int64(index) + Int64(i), Data(entry)])
        }
    }

    static func put(_ checkpoint: SignedNote, into db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO head (only, note) VALUES (1, ?)", arguments: [Data(checkpoint.encoded)])
    }

    func change(_ body: @Sendable (Database) throws -> Bool) throws(CofferError) -> Bool {
        do { return try database.write { try body($0) } } catch { throw Self.boundary(error) }
    }

    func access<R: Sendable>(_ body: @Sendable (Database) throws -> R) throws(CofferError) -> R {
        do { return try database.read { try body($0) } } catch { throw Self.boundary(error) }
    }

    private static func boundary(_ error: any Error) -> CofferError {
        switch error {
        case let error as CofferError: error
        case is NoteError: .corruptStore
        case DatabaseError.SQLITE_FULL:
            CofferError(.configuration, "The disk is full.", hint: "Make room and try again; nothing was lost.")
        case DatabaseError.SQLITE_BUSY:
            CofferError(.tryLater, "Another process is writing the followed ledger.")
        case DatabaseError.SQLITE_CORRUPT, DatabaseError.SQLITE_NOTADB: .corruptStore
        default: CofferError(.configuration, "The followed ledger cannot be read or written.")
        }
    }

    /// The journal's setting, for the test that it is FULL (2).
    package func synchronousSetting() throws(CofferError) -> Int? {
        try access { db in try Int.fetchOne(db, sql: "PRAGMA synchronous") }
    }
}
