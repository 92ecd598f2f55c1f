import CofferTestKit
import Crypto
import Foundation
import Synchronization
import Testing

@testable import Sealing

@Suite("Secret memory")
struct SecretMemoryTests {
    @Test("Secret memory holds what it is given")
    func holdsWhatItIsGiven() throws {
        let bytes = Bytes("a passphrase".utf8)
        let memory = try bytes.withUnsafeBytes { try Self.copy($0) }
        #expect(memory == bytes)
        var zeros = try SecretMemory(count: 100)
        #expect(zeros.count == 100)
        #expect(zeros.withBytes { $0.allSatisfy { $0 == 0 } })
        zeros.withMutableBytes { $0[99] = 7 }
        #expect(zeros.withBytes { $0[99] } == 7)
    }

    private static func copy(_ bytes: UnsafeRawBufferPointer) throws -> Bytes {
        let memory = try SecretMemory(copying: bytes)
        return memory.withBytes { Bytes($0) }
    }

    @Test("Secret memory compares by content")
    func comparesByContent() throws {
        let memory = try SecretMemory.random(count: 32)
        let other = try SecretMemory.random(count: 32)
        let shorter = try SecretMemory(count: 31)
        let copy = try memory.withBytes { bytes throws(SecretMemoryError) in try SecretMemory(copying: bytes) }
        let answers = [
            SecretMemory.areEqual(memory, copy), SecretMemory.areEqual(memory, other),
            SecretMemory.areEqual(memory, shorter),
        ]
        #expect(answers == [true, false, false])
    }

    /// Reads the memory back after it is wiped and before it is unmapped.
    @Test("Secret memory is wiped when it goes")
    func isWipedWhenItGoes() throws {
        let seen = Mutex<Bytes?>(nil)
        try withSecret { bytes in seen.withLock { $0 = bytes } }
        #expect(seen.withLock { $0 } == Bytes(repeating: 0, count: 64))
    }

    private func withSecret(_ told: @escaping @Sendable (Bytes) -> Void) throws {
        var memory = try SecretMemory.random(count: 64)
        memory.whenWiped = { told(Bytes($0)) }
        #expect(memory.withBytes { $0.contains { $0 != 0 } })
    }

    /// The array's own storage, not a copy of it.
    @Test("Arrays are wiped in place")
    func arraysAreWipedInPlace() throws {
        var bytes = Bytes(repeating: 0xaa, count: 4096)
        let before = bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        wipe(&bytes)
        let after = bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(before == after)
        #expect(bytes.allSatisfy { $0 == 0 })
        var data = Data(repeating: 0xaa, count: 4096)
        let start = data.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        let key = SymmetricKey(wiping: &data)
        #expect(data.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } == start)
        #expect(data.allSatisfy { $0 == 0 })
        #expect(key.withBytes { $0.allSatisfy { $0 == 0xaa } })
    }

    /// One byte beyond the end lies in a guard page.
    @Test("Reading beyond the end ends the process")
    func readingBeyondTheEndEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            let memory = try SecretMemory(count: 32)
            let beyond = memory.withBytes { $0.baseAddress.map { ($0 + 32).load(as: UInt8.self) } }
            print(beyond as Any)
        }
    }

    @Test("Writing before the start ends the process")
    func writingBeforeTheStartEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            var memory = try SecretMemory(count: 32)
            memory.withMutableBytes { bytes in
                bytes.baseAddress.map { ($0 - 1).storeBytes(of: 1, as: UInt8.self) }
            }
            _ = consume memory
        }
    }

    /// In a process of its own: it cannot be undone.
    @Test("Hardening forbids core dumps")
    func hardeningForbidsDumps() async {
        await #expect(processExitsWith: .success) {
            try ProcessHardening.apply()
            let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
            let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
            precondition(core?.split(separator: " ").filter { $0 == "0" }.count == 2)
            // A process that may not be dumped belongs to root in /proc.
            var info = stat()
            precondition(stat("/proc/self/mem", &info) == 0 && info.st_uid == 0)
        }
    }
}
