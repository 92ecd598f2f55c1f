import CofferTestKit
import Crypto
import Files
import Ledger
import Rules
import Sealing
import Synchronization
import Testing

@testable import Broker

/// The storage key's two slots on a medium of their own: a write that is not synced may be lost, kept or torn.
private final class SimulatedSlots: StorageKeySlots {
    struct Medium {
        var cache: [SymmetricKey?] = [nil, nil]
        var stored: [SymmetricKey?] = [nil, nil]
        var operations = 0
        var fault: SimulatedDisk.Fault?
        var isDead = false
    }

    let medium: Mutex<Medium>

    init() { medium = Mutex(Medium()) }

    var operations: Int { medium.withLock(\.operations) }

    func start(_ fault: SimulatedDisk.Fault? = nil) {
        medium.withLock {
            $0.operations = 0
            $0.fault = fault
            $0.isDead = false
        }
    }

    /// What was not synced is there, is not, or is half there: a key that opens nothing.
    func cutPower(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        medium.withLock { medium in
            for slot in 0..<2 where medium.cache[slot] != medium.stored[slot] {
                switch UInt8.random(in: 0..<3, using: &generator) {
                case 0: medium.stored[slot] = medium.cache[slot]
                case 1: medium.stored[slot] = SymmetricKey(data: Hash256(of: generator.bytes(32)).bytes)
                default: break
                }
            }
            medium.cache = medium.stored
        }
    }

    func read() throws(StorageKeyError) -> [SymmetricKey?] { medium.withLock(\.cache) }
    func write(_ key: SymmetricKey, to slot: Int) throws(StorageKeyError) { try put(key, slot) }
    func erase(_ slot: Int) throws(StorageKeyError) { try put(nil, slot) }

    private func put(_ key: SymmetricKey?, _ slot: Int) throws(StorageKeyError) {
        let isDone = medium.withLock { medium -> Bool in
            let number = medium.operations
            medium.operations += 1
            if medium.isDead { return false }
            switch medium.fault {
            case .kill(before: number):
                medium.isDead = true
                return false
            case .killAfter(number):
                medium.cache[slot] = key
                medium.stored[slot] = key
                medium.isDead = true
                return false
            case .error(at: number, _):
                // The cache shows it; the medium does not hold it.
                medium.cache[slot] = key
                return false
            case .lateError(at: number, _):
                medium.cache[slot] = key
                medium.stored[slot] = key
                return false
            default:
                medium.cache[slot] = key
                medium.stored[slot] = key
                return true
            }
        }
        guard isDone else { throw .system(5) }
    }
}

/// Stops a broker's stores at every operation of either medium in every way, restarts them from what is left, on the
/// page cache or after a power cut, and checks: what was stored stays stored, what was destroyed stays destroyed, what
/// was promised to be obeyed is obeyed.
@Suite("A broker's stores under faults")
struct StoreFaultTests {
    /// What was promised of a consent's sub-keys.
    private enum Promise { case nothing, stored, going, destroyed }

    private struct Stores {
        let disk = SimulatedDisk()
        let slots = SimulatedSlots()
        var promises: [UInt8: Promise] = [:]

        func start(disk fault: SimulatedDisk.Fault? = nil, slots other: SimulatedDisk.Fault? = nil) {
            disk.start(fault)
            slots.start(other)
        }

        func cutPower(seed: UInt64) {
            disk.cutPower(seed: seed)
            slots.cutPower(seed: seed &+ 1)
        }

        /// A process that nothing stops, on what is left.
        mutating func restart(_ comment: Comment) {
            start()
            let isWell = process(comment)
            #expect(isWell, comment)
        }

        /// One process: opens, looks, stores three consents and destroys two. True when all went well.
        mutating func process(_ comment: Comment) -> Bool {
            guard (try? Durable(disk).makeDirectories("d")) != nil,
                let store = try? SubKeyStore(directory: "d", slots: slots, files: disk)
            else { return false }
            look(store, comment)
            for n: UInt8 in 1...3 where promises[n, default: .nothing] == .nothing {
                guard (try? store.store(Self.keys(n), of: Self.consent(n))) != nil else { return ended(store, comment) }
                promises[n] = .stored
            }
            for n: UInt8 in 1...2 where promises[n] != .destroyed {
                promises[n] = .going
                let isDestroyed = (try? store.destroy([Self.consent(n)])) != nil
                #expect(store.subKeys(of: Self.consent(n)) == nil, comment)
                guard isDestroyed else { return ended(store, comment) }
                promises[n] = .destroyed
                look(store, comment)
            }
            return true
        }

        /// After a failed write the process answers nothing more.
        private func ended(_ store: SubKeyStore, _ comment: Comment) -> Bool {
            #expect(store.failure != nil && store.subKeys(of: Self.consent(3)) == nil, comment)
            #expect(throws: SubKeyStoreError.failed, comment) { try store.store(Self.keys(9), of: Self.consent(9)) }
            return false
        }

        private func look(_ store: SubKeyStore, _ comment: Comment) {
            #expect(!store.setAside, comment)
            for (n, promise) in promises {
                let held = store.subKeys(of: Self.consent(n))
                switch promise {
                case .stored: #expect(held?.map(\.key) == Self.keys(n).map(\.key), comment)
                case .destroyed: #expect(held == nil, comment)
                case .going: #expect(held == nil || held?.map(\.key) == Self.keys(n).map(\.key), comment)
                case .nothing: break
                }
            }
            // One key is left: with an old file and the medium of the keys, nothing destroyed can be opened.
            #expect(slots.medium.withLock { $0.stored.compactMap(\.self).count } <= 1, comment)
        }

        private static func consent(_ n: UInt8) -> Hash256 { Hash256(of: [n]) }
        private static func keys(_ n: UInt8) -> [SubKey] {
            [SubKey(mask: 1, key: SymmetricKey(data: Hash256(of: [n, 1]).bytes))]
        }
    }

    @Test("Sub-keys: a power cut after every fault", arguments: UInt64(1)...2)
    func powerCut(seed: UInt64) {
        everyFault { world, number, comment in
            world.cutPower(seed: seed &* 7_919 &+ UInt64(number))
            world.restart(comment)
        }
    }

    @Test("Sub-keys: a restart on the page cache, and the power cut only later", arguments: UInt64(1)...2)
    func pageCache(seed: UInt64) {
        everyFault { world, number, comment in
            world.restart(comment)
            world.cutPower(seed: seed &* 104_729 &+ UInt64(number))
            world.restart(comment)
        }
    }

    @Test("Sub-keys: a restart that only opens, then the power cut", arguments: UInt64(1)...2)
    func openedOnly(seed: UInt64) {
        everyFault { world, number, comment in
            world.start()
            #expect((try? SubKeyStore(directory: "d", slots: world.slots, files: world.disk)) != nil, comment)
            world.cutPower(seed: seed &* 15_485_863 &+ UInt64(number))
            world.restart(comment)
        }
    }

    private func everyFault(then repair: (inout Stores, Int, Comment) -> Void) {
        var whole = Stores()
        whole.start()
        let isWell = whole.process("no fault")
        #expect(isWell)
        #expect(whole.disk.operations > 20 && whole.slots.operations >= 5)
        for number in 0..<whole.disk.operations {
            for fault in Self.faults(at: number) {
                var world = Stores()
                world.start(disk: fault)
                _ = world.process("\(fault)")
                repair(&world, number, "disk \(fault)")
            }
        }
        for number in 0..<whole.slots.operations {
            for fault in Self.faults(at: number) {
                var world = Stores()
                world.start(slots: fault)
                _ = world.process("\(fault)")
                repair(&world, number, "slots \(fault)")
            }
        }
    }

    private static func faults(at number: Int) -> [SimulatedDisk.Fault] {
        [.kill(before: number), .killAfter(number), .error(at: number, code: 5), .lateError(at: number, code: 28)]
    }

    // MARK: Stops

    /// A process that takes three stops; which of them it promised to obey, and which it held when it started.
    private func takeStops(_ disk: SimulatedDisk, _ notes: [SignedNote]) -> (
        held: Set<Hash256>, promised: Set<Hash256>
    )? {
        guard let store = try? StopStore(directory: "stops", files: disk) else { return nil }
        let held = Set(store.all.map(\.note.hash))
        var promised = held
        for note in notes where !held.contains(note.hash) {
            guard let statement = try? Statement(parsing: note.text), (try? store.add(note, statement)) != nil else {
                break
            }
            promised.insert(note.hash)
        }
        return (held, promised)
    }

    /// A stop that was promised, or that a restarted broker obeyed, is obeyed after every later start.
    @Test(
        "Stops: a restart on the page cache or after a power cut obeys all that was promised", arguments: UInt64(1)...3)
    func stops(seed: UInt64) throws {
        var scenario = Scenario()
        let notes = try [
            SignedNote(parsing: Scenario.note(scenario.revoke("ann"), by: ["ann"])),
            SignedNote(parsing: Scenario.note(scenario.halt(), by: ["security"])),
            SignedNote(parsing: Scenario.note(scenario.revoke("bob"), by: ["bob"])),
        ]
        let whole = SimulatedDisk()
        whole.start()
        #expect(takeStops(whole, notes)?.promised.count == 3)
        for number in 0..<whole.operations {
            for fault in Self.faults(at: number) {
                for cutsFirst in [true, false] {
                    let disk = SimulatedDisk()
                    disk.start(fault)
                    let first = takeStops(disk, notes)
                    if cutsFirst { disk.cutPower(seed: seed &* 7_919 &+ UInt64(number)) }
                    disk.start()
                    let second = try #require(takeStops(disk, []), "\(fault)")
                    #expect(second.held.isSuperset(of: first?.promised ?? []), "\(fault)")
                    disk.cutPower(seed: seed &* 104_729 &+ UInt64(number))
                    disk.start()
                    let third = try #require(takeStops(disk, notes), "\(fault)")
                    #expect(third.held.isSuperset(of: second.held), "\(fault)")
                    #expect(third.promised.count == 3, "\(fault)")
                }
            }
        }
    }
}
