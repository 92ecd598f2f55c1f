import Crypto
import FoundationEssentials
package import Ledger
package import Sealing
import Synchronization

/// A broker's sub-keys: one file of one process, outside every database, replica and backup (DESIGN §5).
///
///     sub-keys = D("sub-keys") ‖ nonce 12 ‖ AES-256-GCM of the table ‖ tag 16, aad = D("sub-keys")
///
/// The storage key lies apart, in two slots. To destroy: fill the empty slot with a new key, put the re-encrypted
/// file in the old one's place, erase the old key. Whatever stops this in between, the file opens under exactly one
/// of the slots, as it was before or as it is after; the next start erases the other slot. Once the old key is
/// erased no copy of the old file opens again.
package final class SubKeyStore: Sendable {
    private static let head = D("sub-keys")
    static let name = "sub-keys"

    private let directory: String
    private let durable: Durable
    private let slots: any StorageKeySlots
    private let state: Mutex<State>
    /// Whether a file was found that the storage key does not open: it was set aside and its deposits are lost.
    package let setAside: Bool

    private struct State {
        var table: SubKeyTable
        /// The slot of the key that the file is sealed under; nil before there is a file.
        var slot: Int?
        /// After a failed write the disk is no longer known.
        var failure: SubKeyStoreError?
    }

    /// Opens the store, and finishes or undoes what an interrupted destruction left.
    package init(directory: String, slots: any StorageKeySlots, files: any FileSystem = DiskFileSystem())
        throws(SubKeyStoreError)
    {
        self.directory = directory
        self.slots = slots
        let durable = Durable(files)
        self.durable = durable
        do {
            try durable.removeTemporaries(in: directory)
            // A rotation that was interrupted is finished first: until then the key may lie on either medium.
            guard try files.read("\(directory)/\(StorageKeyRotation.marker)") == nil else {
                throw SubKeyStoreError.rotating
            }
            let keys = try slots.read()
            var state = State(table: SubKeyTable(), slot: nil)
            var setAside = false
            if let file = try files.read("\(directory)/\(Self.name)") {
                if let (slot, table) = Self.open(file, underOneOf: keys) { state = State(table: table, slot: slot) }
                if state.slot != nil {
                    // What an interrupted process left may be in the page cache alone: before a key is erased, the
                    // file that needs it no more must be on the disk.
                    try durable.write(file, to: "\(directory)/\(Self.name)")
                } else {
                    try files.rename("\(directory)/\(Self.name)", to: "\(directory)/\(Self.name).unreadable")
                    try files.syncDirectory(directory)
                    setAside = true
                }
            }
            // Also one that looks empty: its erasure may not have reached the medium.
            for slot in keys.indices where slot != state.slot { try slots.erase(slot) }
            self.setAside = setAside
            self.state = Mutex(state)
        } catch let error as FileError {
            throw .file(error)
        } catch let error as StorageKeyError {
            throw .storageKey(error)
        } catch let error as SubKeyStoreError {
            throw error
        } catch {
            throw .failed
        }
    }

    /// The consents of which sub-keys are held.
    package var consents: [Hash256] { state.withLock { Array($0.table.consents.keys) } }
    /// How many sub-keys are held.
    package var count: Int { state.withLock { $0.table.count } }
    /// The failed write that ended this store, if any: the process must stop.
    package var failure: SubKeyStoreError? { state.withLock(\.failure) }

    /// A consent's sub-keys, masks ascending; nil when none are held.
    package func subKeys(of consent: Hash256) -> [SubKey]? {
        state.withLock { $0.failure == nil ? $0.table.consents[consent] : nil }
    }

    /// Stores a consent's sub-keys, durably.
    package func store(_ subKeys: [SubKey], of consent: Hash256) throws(SubKeyStoreError) {
        try change { state throws(SubKeyStoreError) in
            var table = state.table
            table.consents[consent] = subKeys
            let slot: Int
            let key: SymmetricKey
            if let current = state.slot, let existing = try self.read()[current] {
                (slot, key) = (current, existing)
            } else {
                (slot, key) = (0, SymmetricKey(size: .bits256))
                try self.writing { () throws(StorageKeyError) in try self.slots.write(key, to: slot) }
            }
            try self.write(table, under: key)
            state.table = table
            state.slot = slot
        }
    }

    /// Destroys consents for ever. From here on they are not answered, also when the disk fails.
    package func destroy(_ consents: Set<Hash256>) throws(SubKeyStoreError) {
        try reseal { table in
            let before = table.consents.count
            for consent in consents { table.consents[consent] = nil }
            return table.consents.count < before
        }
    }

    /// A fresh key in place of the one that the file is sealed under, on the same medium.
    package func rotate() throws(SubKeyStoreError) { try reseal { _ in true } }

    /// Changes the table and, if it says so, seals it under a fresh key and erases the old one.
    private func reseal(_ isNeeded: @Sendable (inout SubKeyTable) -> Bool) throws(SubKeyStoreError) {
        try change { state throws(SubKeyStoreError) in
            guard isNeeded(&state.table), let old = state.slot else { return }
            let new = 1 - old
            let key = SymmetricKey(size: .bits256)
            try self.writing { () throws(StorageKeyError) in try self.slots.write(key, to: new) }
            try self.write(state.table, under: key)
            state.slot = new
            try self.writing { () throws(StorageKeyError) in try self.slots.erase(old) }
        }
    }

    // MARK: The file

    private func change(_ body: @Sendable (inout State) throws(SubKeyStoreError) -> Void) throws(SubKeyStoreError) {
        let failure = state.withLock { state -> SubKeyStoreError? in
            if state.failure != nil { return .failed }
            do throws(SubKeyStoreError) {
                try body(&state)
                return nil
            } catch {
                state.failure = error
                return error
            }
        }
        if let failure { throw failure }
    }

    private func read() throws(SubKeyStoreError) -> [SymmetricKey?] {
        do throws(StorageKeyError) { return try slots.read() } catch { throw .storageKey(error) }
    }

    private func writing(_ body: () throws(StorageKeyError) -> Void) throws(SubKeyStoreError) {
        do throws(StorageKeyError) { try body() } catch { throw .storageKey(error) }
    }

    private func write(_ table: SubKeyTable, under key: SymmetricKey) throws(SubKeyStoreError) {
        let file = try Self.seal(table, under: key)
        do throws(FileError) { try durable.write(file, to: "\(directory)/\(Self.name)") } catch {
            throw .file(error)
        }
    }

    /// The file's bytes.
    static func seal(_ table: SubKeyTable, under key: SymmetricKey) throws(SubKeyStoreError) -> Bytes {
        var plaintext = table.encoded()
        defer { wipe(&plaintext) }
        guard let box = try? AES.GCM.seal(plaintext, using: key, authenticating: head), let combined = box.combined
        else { throw .failed }
        return head + Array(combined)
    }

    /// The slot whose key opens the file, and what is in it.
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

/// Why the store could not be opened or written.
package enum SubKeyStoreError: Error, Hashable, Sendable {
    case file(FileError)
    case storageKey(StorageKeyError)
    /// A rotation of the storage key was interrupted: do it again first.
    case rotating
    /// It failed before; the process must start anew from the disk.
    case failed
}
