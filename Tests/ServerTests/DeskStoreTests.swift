import CofferTestKit
import DeskServer
import Files
import Messages
import Sealing
import Testing

@Suite("Desk store")
struct DeskStoreTests {
    private static let origin = "example.org/coffer"
    private static let charter = Hash256(of: [1])

    /// Every file under the folder with its bytes.
    private func files(_ disk: SimulatedDisk) throws -> [String: Bytes] {
        var found: [String: Bytes] = [:]
        for path in ["waiting", "published"] + (try names("tokens", disk)) + (try names("used", disk)) {
            found[path] = try disk.read("desk/\(path)", atMost: 1 << 20)
        }
        return found
    }

    private func names(_ part: String, _ disk: SimulatedDisk) throws -> [String] {
        try disk.list("desk/\(part)").map { "\(part)/\($0)" }
    }

    private func enrolled(_ groups: [[SigningKey]], with tokens: [Bytes], on disk: SimulatedDisk) throws -> [String:
        Bytes]
    {
        let copy = SimulatedDisk(copying: disk)
        let store = try DeskStore(directory: "desk", files: copy)
        for (keys, token) in zip(groups, tokens) {
            let enrolment = Enrolment(origin: Self.origin, charter: Self.charter, token: token, keys: keys)
            _ = try store.enrol(enrolment, origin: Self.origin, charter: Self.charter)
        }
        #expect(try store.waiting().count == groups.joined().count)
        return try files(copy)
    }

    @Test("The folder is the same to the last byte, whichever pseudonyms came together and with which token")
    func tellsNotWhoCameTogether() throws {
        let disk = SimulatedDisk()
        let store = try DeskStore(directory: "desk", files: disk)
        let tokens = try (0..<3).map { _ in try store.makeToken() }
        let keys = (0..<9).map { _ in SigningKey() }
        let first = try enrolled([Array(keys[0..<3]), Array(keys[3..<6]), Array(keys[6..<9])], with: tokens, on: disk)
        let second = try enrolled(
            [[keys[8], keys[1], keys[3]], [keys[0]], [keys[2], keys[7], keys[4], keys[5], keys[6]]], with: tokens,
            on: disk)
        #expect(first == second)
        #expect(first.keys.count { $0.hasPrefix("used/") } == 3)
        #expect(first.allSatisfy { !$0.key.hasPrefix("used/") || $0.value.isEmpty })
        for token in tokens {
            #expect(!first.keys.contains { $0.contains(Hex.encode(token)) })
            #expect(!first.values.contains { $0.starts(with: token) })
        }
    }

    @Test("A token works once; an unknown token, another charter and a bad signature are refused, and nothing is kept")
    func refusals() throws {
        let disk = SimulatedDisk()
        let store = try DeskStore(directory: "desk", files: disk)
        let token = try store.makeToken()
        let keys = (0..<2).map { _ in SigningKey() }
        func rule(_ enrolment: Enrolment, charter: Hash256 = Self.charter) -> String? {
            do throws(CofferError) {
                _ = try store.enrol(enrolment, origin: Self.origin, charter: charter)
                return nil
            } catch { return error.rule }
        }
        let good = Enrolment(origin: Self.origin, charter: Self.charter, token: token, keys: [keys[0]])
        let unknown = Enrolment(
            origin: Self.origin, charter: Self.charter, token: Bytes(repeating: 7, count: Enrolment.tokenCount),
            keys: keys)
        #expect(rule(unknown) == "enrol.token")
        #expect(rule(good, charter: Hash256(of: [2])) == "enrol.charter")
        let twice = Enrolment(origin: Self.origin, charter: Self.charter, token: token, keys: [keys[0], keys[0]])
        #expect(rule(twice) == "enrol.pseudonyms")
        #expect(try store.waiting().isEmpty)
        #expect(try disk.list("desk/tokens").count == 1)
        #expect(rule(good) == nil)
        // A repetition of what was taken is harmless; other pseudonyms under the used token are refused.
        #expect(rule(good) == nil)
        #expect(rule(Enrolment(origin: Self.origin, charter: Self.charter, token: token, keys: keys)) == "enrol.token")
        #expect(try store.waiting() == [keys[0].publicKey])
    }
}
