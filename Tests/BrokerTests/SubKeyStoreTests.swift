import Broker
import Crypto
import Foundation
import Ledger
import Sealing
import Testing

@Suite("The sub-key store")
struct SubKeyStoreTests {
    private let media = FaultyMedia()

    private func open() throws -> SubKeyStore {
        try SubKeyStore(directory: "d", slots: FaultySlots(media: media), files: FaultyFiles(media: media))
    }

    private func consent(_ n: UInt8) -> Hash256 { Hash256(of: [n]) }

    private func keys(_ n: UInt8) -> [SubKey] {
        [1, 2].map { SubKey(mask: $0, key: SymmetricKey(data: Hash256(of: [n, UInt8($0)]).bytes)) }
    }

    private func expect(_ store: SubKeyStore, holds n: UInt8, _ comment: Comment? = nil) {
        let held = store.subKeys(of: consent(n))
        #expect(held?.map(\.mask) == [1, 2], comment)
        #expect(held?.map(\.key) == keys(n).map(\.key), comment)
    }

    @Test("What is stored is there after a restart, sealed")
    func restart() throws {
        let store = try open()
        #expect(store.consents.isEmpty)
        for n: UInt8 in 1...3 { try store.store(keys(n), of: consent(n)) }
        let again = try open()
        for n: UInt8 in 1...3 { expect(again, holds: n) }
        #expect(again.count == 6)
        let file = try #require(media.snapshot.files["d/sub-keys"])
        let raw = Data(keys(1)[0].key.withUnsafeBytes { Data($0) })
        #expect(Data(file).range(of: raw) == nil)
    }

    @Test("A destroyed consent is in no file that any key still opens")
    func destroyed() throws {
        let store = try open()
        for n: UInt8 in 1...3 { try store.store(keys(n), of: consent(n)) }
        let yesterday = media.snapshot.files
        try store.destroy([consent(2)])
        #expect(store.subKeys(of: consent(2)) == nil)
        expect(store, holds: 1)
        let again = try open()
        #expect(again.subKeys(of: consent(2)) == nil)
        expect(again, holds: 3)
        // Yesterday's file, with today's storage key: nothing opens, and the file is set aside.
        media.snapshot.files = yesterday
        let restored = try open()
        #expect(restored.setAside)
        #expect(restored.consents.isEmpty)
        #expect(media.snapshot.files["d/sub-keys"] == nil)
    }

    @Test("Destroying what is not held changes nothing on any medium")
    func nothing() throws {
        let store = try open()
        try store.store(keys(1), of: consent(1))
        media.arm(step: nil, persists: false)
        try store.destroy([consent(9)])
        #expect(media.steps == 0)
    }

    /// Stopped at every step, the step done or not, then started anew: the old state or the new one, and from the
    /// moment that the old key is erased the new one.
    @Test("A crash at any step of a destruction leaves the old state or the new one", arguments: [false, true])
    func crashInDestruction(persists: Bool) throws {
        let store = try open()
        for n: UInt8 in 1...3 { try store.store(keys(n), of: consent(n)) }
        let before = media.snapshot
        media.arm(step: nil, persists: false)
        try store.destroy([consent(2)])
        let steps = media.steps
        #expect(steps >= 6)
        for step in 1...steps {
            media.snapshot = before
            let running = try open()
            media.arm(step: step, persists: persists)
            #expect(throws: SubKeyStoreError.self) { try running.destroy([consent(2)]) }
            // It stopped being answered, and nothing more is promised by this process.
            #expect(running.subKeys(of: consent(2)) == nil, "step \(step)")
            #expect(throws: SubKeyStoreError.failed) { try running.store(keys(4), of: consent(4)) }
            media.arm(step: nil, persists: false)
            let again = try open()
            #expect(!again.setAside, "step \(step)")
            expect(again, holds: 1, "step \(step)")
            expect(again, holds: 3, "step \(step)")
            if again.subKeys(of: consent(2)) != nil { expect(again, holds: 2, "step \(step)") }
            #expect(media.snapshot.slots.compactMap(\.self).count == 1, "step \(step)")
            // The ledger says again that it has ended; then it is gone for good.
            try again.destroy([consent(2)])
            let last = try open()
            #expect(last.subKeys(of: consent(2)) == nil)
            expect(last, holds: 1)
        }
    }

    @Test("A crash at any step of a deposit loses no other deposit", arguments: [false, true])
    func crashInDeposit(persists: Bool) throws {
        for step in 1...7 {
            media.snapshot = FaultyMedia.State()
            let store = try open()
            try store.store(keys(1), of: consent(1))
            media.arm(step: step, persists: persists)
            let stored = Result { try store.store(keys(2), of: consent(2)) }
            media.arm(step: nil, persists: false)
            let again = try open()
            expect(again, holds: 1, "step \(step)")
            if case .success = stored { expect(again, holds: 2, "step \(step)") }
        }
    }

    @Test("A crash at any step of the very first deposit", arguments: [false, true])
    func crashInFirstDeposit(persists: Bool) throws {
        for step in 1...7 {
            media.snapshot = FaultyMedia.State()
            let store = try open()
            media.arm(step: step, persists: persists)
            let stored = Result { try store.store(keys(1), of: consent(1)) }
            media.arm(step: nil, persists: false)
            let again = try open()
            #expect(!again.setAside)
            if case .success = stored { expect(again, holds: 1) }
            try again.store(keys(2), of: consent(2))
            expect(try open(), holds: 2)
        }
    }

    @Test("A flipped bit anywhere in the file is not opened")
    func damaged() throws {
        let store = try open()
        try store.store(keys(1), of: consent(1))
        let good = media.snapshot
        let file = try #require(good.files["d/sub-keys"])
        for i in file.indices {
            var bad = good
            bad.files["d/sub-keys"]?[i] ^= 1
            media.snapshot = bad
            let again = try open()
            #expect(again.setAside)
            #expect(again.subKeys(of: consent(1)) == nil)
        }
    }
}

@Suite("The storage key's file")
struct StorageKeyFileTests {
    @Test("Slots are written and erased in place, for the owner alone")
    func slots() throws {
        let path = NSTemporaryDirectory() + "coffer-storage-key-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = StorageKeyFile(path: path)
        #expect(throws: StorageKeyError.missing) { try file.read() }
        try file.create()
        #expect(throws: StorageKeyError.self) { try file.create() }
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(try file.read() == [nil, nil])
        let key = SymmetricKey(size: .bits256)
        try file.write(key, to: 1)
        #expect(try file.read() == [nil, key])
        try file.erase(1)
        #expect(try file.read() == [nil, nil])
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(bytes.suffix(64) == Data(count: 64))
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        #expect(throws: StorageKeyError.malformed) { try file.read() }
    }
}
