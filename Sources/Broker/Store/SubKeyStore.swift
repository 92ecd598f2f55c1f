import Crypto
package import Files
import FoundationEssentials
import Ledger
package import Sealing
import Synchronization

/// A broker's sub-keys: one file of one process, outside every database, replica and backup (Design, "Destruction").
///
///     sub-keys = D("sub-keys") ‖ nonce 12 ‖ AES-256-GCM of the table ‖ tag 16, aad = D("sub-keys")
///
/// The storage key is kept elsewhere, in two slots. A destruction fills the empty slot with a new key, replaces the
/// file by the re-encrypted one, and erases the old key. If it is interrupted, the file opens under exactly one of the
/// slots, in its old or its new content; the next start erases the other slot. After the old key is erased, no copy
/// of the old file opens again.
package final class SubKeyStore: Sendable {
    private static let head = D("sub-keys")
    static let name = "sub-keys"
    /// The file's size limit in bytes: enough for millions of consents.
    static let maximumCount = 4 << 30

    private let path: String
    private let durable: Durable
    private let slots: any StorageKeySlots
    private let state: Mutex<StoreContents>
    /// Whether the storage key did not open the file that was found: it was set aside, and its deposits are lost.
    package let setAside: Bool

    private struct StoreContents {
        var table: SubKeyTable
        /// The slot of the key that the file is sealed under; nil before there is a file.
        var slot: Int?
        /// Set by a failed write, after which the disk's content is unknown.
        var failure: SubKeyStoreError?
    }

    /// Opens the store, and finishes or undoes what an interrupted destruction left.
    package init(directory: String, slots: any StorageKeySlots, files: any FileSystem = DiskFileSystem())
        throws(SubKeyStoreError)
    {
        self.slots = slots
        let durable = Durable(files)
        self.durable = durable
        let path = "\(directory)/\(Self.name)"
        self.path = path
        do {
            try durable.removeTemporaries(in: directory)
            // An interrupted rotation must be finished first: until then the key may be on either medium.
            guard try files.read("\(directory)/\(StorageKeyRotation.marker)", atMost: 4096) == nil else {
                throw SubKeyStoreError.rotating
            }
            let keys = try slots.read()
            var state = StoreContents(table: SubKeyTable(), slot: nil)
            let file = try files.read(path, atMost: Self.maximumCount)
            if let file, let (slot, table) = Self.open(file, underOneOf: keys) {
                state = StoreContents(table: table, slot: slot)
                // An interrupted process may have left the file only in the page cache. It must be on the disk before
                // the key of the previous file is erased.
                try durable.write(file, to: path)
            }
            let setAside = file != nil && state.slot == nil
            if setAside {
                try files.rename(path, to: path + ".unreadable")
                try files.syncDirectory(directory)
            }
            // Also a slot that looks empty: its erasure may not have reached the medium.
            for slot in keys.indices where slot != state.slot { try slots.erase(slot) }
            self.setAside = setAside
            self.state = Mutex(state)
        } catch {
            throw SubKeyStoreError(error)
        }
    }

    /// The consents whose sub-keys are held.
    package var consents: [Hash256] { state.withLock { Array($0.table.consents.keys) } }
    /// How many sub-keys are held.
    package var count: Int { state.withLock { $0.table.count } }
    /// The failed write that ended this store; then the process must stop.
    package var failure: SubKeyStoreError? { state.withLock(\.failure) }

    /// A consent's sub-keys, masks ascending; nil when none are held.
    package func subKeys(of consent: Hash256) -> [SubKey]? {
        state.withLock { $0.failure == nil ? $0.table.consents[consent] : nil }
    }

    /// Stores a consent's sub-keys, durably.
    package func store(_ subKeys: [SubKey], of consent: Hash256) throws(SubKeyStoreError) {
        try change { state in
            var table = state.table
            table.consents[consent] = subKeys
            let slot: Int
            let key: SymmetricKey
            if let current = state.slot, let existing = try self.slots.read()[current] {
                (slot, key) = (current, existing)
            } else {
                (slot, key) = (0, SymmetricKey(size: .bits256))
                try self.slots.write(key, to: slot)
            }
            try self.write(table, under: key)
            state.table = table
            state.slot = slot
        }
    }

    /// Destroys consents permanently. From the call on they are not answered, even if the disk fails.
    package func destroy(_ consents: Set<Hash256>) throws(SubKeyStoreError) {
        try reseal { table in
            let before = table.consents.count
            for consent in consents { table.consents[consent] = nil }
            return table.consents.count < before
        }
    }

    /// Seals the file under a fresh key on the same medium and erases the old key.
    package func rotate() throws(SubKeyStoreError) { try reseal { _ in true } }

    /// Changes the table; if `isNeeded` returns true, seals it under a fresh key and erases the old key.
    private func reseal(_ isNeeded: @Sendable (inout SubKeyTable) -> Bool) throws(SubKeyStoreError) {
        try change { state in
            guard isNeeded(&state.table), let old = state.slot else { return }
            let new = 1 - old
            let key = SymmetricKey(size: .bits256)
            try self.slots.write(key, to: new)
            try self.write(state.table, under: key)
            state.slot = new
            try self.slots.erase(old)
        }
    }

    // MARK: The file

    private func change(_ body: @Sendable (inout StoreContents) throws -> Void) throws(SubKeyStoreError) {
        let failure = state.withLock { state -> SubKeyStoreError? in
            if state.failure != nil { return .failed }
            do {
                try body(&state)
                return nil
            } catch {
                let failure = SubKeyStoreError(error)
                state.failure = failure
                return failure
            }
        }
        if let failure { throw failure }
    }

    private func write(_ table: SubKeyTable, under key: SymmetricKey) throws {
        try durable.write(try Self.seal(table, under: key), to: path)
    }

    /// The file's bytes.
    static func seal(_ table: SubKeyTable, under key: SymmetricKey) throws(SubKeyStoreError) -> Bytes {
        var plaintext = table.encoded()
        defer { wipe(&plaintext) }
        guard let box = try? AES.GCM.seal(plaintext, using: key, authenticating: head), let combined = box.combined
        else { throw .failed }
        return head + Array(combined)
    }

    /// The slot whose key opens the file, and the file's table; nil if none does.
    static func open(_ file: Bytes, underOneOf keys: [SymmetricKey?]) -> (slot: Int, table: SubKeyTable)? {
        for (slot, key) in keys.enumerated() {
            if let key, let table = open(file, under: key) { return (slot, table) }
        }
        return nil
    }

    private static func open(_ file: Bytes, under key: SymmetricKey) -> SubKeyTable? {
        guard file.starts(with: head), let box = try? AES.GCM.SealedBox(combined: file.dropFirst(head.count)),
            var plaintext = try? AES.GCM.open(box, using: key, authenticating: head)
        else { return nil }
        defer { plaintext.resetBytes(in: 0..<plaintext.count) }
        return plaintext.withUnsafeBytes { try? SubKeyTable(parsing: $0) }
    }
}

/// Why the store cannot be opened or written.
package enum SubKeyStoreError: Error, Hashable, Sendable {
    case file(FileError)
    case storageKey(StorageKeyError)
    /// A rotation of the storage key was interrupted: run it again first.
    case rotating
    /// An earlier write failed; the process must restart and read the disk.
    case failed

    /// Wraps any error of the store or of its storage key.
    package init(_ error: any Error) {
        switch error {
        case let error as Self: self = error
        case let error as FileError: self = .file(error)
        case let error as StorageKeyError: self = .storageKey(error)
        default: self = .failed
        }
    }
}
