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

    /// Stopped at every step, the step done or not, then started again: the old state or the new one, and from the
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
            media.snapshot = FaultyMedia.LedgerState()
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
            media.snapshot = FaultyMedia.LedgerState()
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

/// The operator's rotation, stopped at every step.
@Suite("Rotation of the storage key")
struct StorageKeyRotationTests {
    /// The disk, and with `slots` the medium that the key lies on first.
    private let media = FaultyMedia()
    /// The slots of the medium that it goes to; they fail with the first.
    private var second: SecondSlots { SecondSlots(media: media) }

    /// Slots kept in the same memory, as files of another name.
    private struct SecondSlots: StorageKeySlots {
        let media: FaultyMedia

        func read() throws(StorageKeyError) -> [SymmetricKey?] {
            [0, 1].map { slot in media.snapshot.files["slot/\(slot)"].map { SymmetricKey(data: $0) } }
        }
        func write(_ key: SymmetricKey, to slot: Int) throws(StorageKeyError) {
            let bytes = key.withUnsafeBytes { Array($0) }
            guard media.step({ $0.files["slot/\(slot)"] = bytes }) else { throw .system(5) }
        }
        func erase(_ slot: Int) throws(StorageKeyError) {
            guard media.step({ $0.files["slot/\(slot)"] = nil }) else { throw .system(5) }
        }
    }

    private func open(_ slots: any StorageKeySlots) throws -> SubKeyStore {
        try SubKeyStore(directory: "d", slots: slots, files: FaultyFiles(media: media))
    }

    private func move() throws -> Int {
        try StorageKeyRotation(directory: "d", files: FaultyFiles(media: media))
            .move(from: FaultySlots(media: media), to: second)
    }

    private let consent = Hash256(of: [1])
    private let keys = [SubKey(mask: 3, key: SymmetricKey(data: Hash256(of: [9]).bytes))]

    private func stored() throws {
        let store = try open(FaultySlots(media: media))
        try store.store(keys, of: consent)
    }

    @Test("It moves to another medium: the old key is gone, an old copy opens under neither")
    func moves() throws {
        try stored()
        let yesterday = media.snapshot
        #expect(try move() == 1)
        #expect(media.snapshot.slots == [nil, nil])
        let store = try open(second)
        #expect(store.subKeys(of: consent)?.map(\.key) == keys.map(\.key) && !store.setAside)
        // Yesterday's file under today's key.
        media.snapshot.files["d/sub-keys"] = yesterday.files["d/sub-keys"]
        #expect(try open(second).setAside)
    }

    @Test("In place: the same file under a fresh key, and the old key opens it no more")
    func inPlace() throws {
        try stored()
        let before = media.snapshot
        try open(FaultySlots(media: media)).rotate()
        #expect(media.snapshot.slots.compactMap(\.self).count == 1)
        let keysBefore = before.slots.compactMap(\.self)
        #expect(media.snapshot.slots.compactMap(\.self).allSatisfy { !keysBefore.contains($0) })
        #expect(try open(FaultySlots(media: media)).subKeys(of: consent) != nil)
        media.snapshot.slots = before.slots
        #expect(try open(FaultySlots(media: media)).setAside)
    }

    @Test("A key that does not open the sub-keys changes nothing")
    func wrongKey() throws {
        try stored()
        media.snapshot.slots = [SymmetricKey(size: .bits256), nil]
        let before = media.snapshot
        media.arm(step: nil, persists: false)
        #expect(throws: SubKeyStoreError.storageKey(.missing)) { try move() }
        #expect(media.steps == 0 && media.snapshot.files == before.files && media.snapshot.slots == before.slots)
    }

    @Test(
        "A crash at any step keeps every broker out until it is finished, and loses nothing", arguments: [false, true])
    func crash(persists: Bool) throws {
        try stored()
        let before = media.snapshot
        media.arm(step: nil, persists: false)
        _ = try move()
        let steps = media.steps
        #expect(steps >= 10)
        for step in 1...steps {
            media.snapshot = before
            media.arm(step: step, persists: persists)
            #expect(throws: SubKeyStoreError.self) { try move() }
            media.arm(step: nil, persists: false)
            let crashed = media.snapshot
            let isMarked = crashed.files["d/" + StorageKeyRotation.marker] != nil
            for slots in [FaultySlots(media: media) as any StorageKeySlots, second] {
                if isMarked { #expect(throws: SubKeyStoreError.rotating, "step \(step)") { try open(slots) } }
            }
            media.snapshot = crashed
            // Without a marker nothing was begun, or all was done.
            if !isMarked, crashed.slots == before.slots {
                #expect(try open(FaultySlots(media: media)).subKeys(of: consent) != nil, "step \(step)")
            }
            media.snapshot = crashed
            #expect(try move() == 1, "step \(step)")
            #expect(media.snapshot.slots == [nil, nil], "step \(step)")
            #expect(try open(second).subKeys(of: consent)?.map(\.key) == keys.map(\.key), "step \(step)")
        }
    }
}
