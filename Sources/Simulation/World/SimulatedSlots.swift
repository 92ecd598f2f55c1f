import Broker
import CofferTestKit
import Crypto
import Synchronization

/// The medium of the storage key: separate from the disk, never copied, and unusable after the process has died.
final class SimulatedSlots: StorageKeySlots {
    private let keys = Mutex<[SymmetricKey?]>([nil, nil])
    private let process: Mutex<SimulatedDisk>
    /// Whether the medium keeps erased keys: a planted bug.
    private let keeps: Bool

    init(process: SimulatedDisk, keeps: Bool) {
        self.process = Mutex(process)
        self.keeps = keeps
    }

    func move(to process: SimulatedDisk) { self.process.withLock { $0 = process } }

    private func alive() throws(StorageKeyError) {
        do { _ = try process.withLock({ $0 }).read("alive") } catch { throw .system(5) }
    }

    func read() throws(StorageKeyError) -> [SymmetricKey?] {
        try alive()
        return keys.withLock { $0 }
    }

    func write(_ key: SymmetricKey, to slot: Int) throws(StorageKeyError) {
        try alive()
        keys.withLock { $0[slot] = key }
    }

    func erase(_ slot: Int) throws(StorageKeyError) {
        try alive()
        if !keeps { keys.withLock { $0[slot] = nil } }
    }
}
