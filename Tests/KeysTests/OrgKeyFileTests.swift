import Foundation
import Keys
import Sealing
import Testing

@Suite("Key files")
struct OrgKeyFileTests {
    private func inTemporaryDirectory(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "coffer-keys-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test("What is written reads back as the same keys, for every role", arguments: OrgRole.allCases)
    func roundTrip(role: OrgRole) throws {
        try inTemporaryDirectory { directory in
            let path = directory + "/key"
            let key = try OrgKeyFile(
                role: role, name: "Anna \"A\"", operatorName: "Council", side: "employees", url: "")
            try key.write(to: path)
            let again = try OrgKeyFile(readingFrom: path)
            #expect(again.publicKey == key.publicKey)
            #expect(again.noteKey.publicKey == key.noteKey.publicKey)
            #expect((again.cosignerKey == nil) == !role.cosigns)
            #expect((again.publicKey.sealing == nil) == !role.isSealedTo)
            let published = try OrgPublicKey(parsing: [UInt8](Data(contentsOf: URL(fileURLWithPath: path + ".pub"))))
            #expect(published == key.publicKey)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("The three keys of a broker are three keys")
    func separated() throws {
        let key = try OrgKeyFile(role: .broker, name: "b")
        #expect(key.cosignerKey?.publicKey != key.noteKey.publicKey)
    }

    @Test("A key is never written over")
    func exclusive() throws {
        try inTemporaryDirectory { directory in
            try OrgKeyFile(role: .ledger, name: "a").write(to: directory + "/key")
            #expect(throws: CofferError(.configuration, "")) {
                try OrgKeyFile(role: .ledger, name: "b").write(to: directory + "/key")
            }
            #expect(try OrgKeyFile(readingFrom: directory + "/key").name == "a")
        }
    }

    @Test("Every flipped byte of a file is refused or gives another key's file, never a crash")
    func damaged() throws {
        try inTemporaryDirectory { directory in
            try OrgKeyFile(role: .witness, name: "w", url: "http://w").write(to: directory + "/key")
            let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory + "/key")))
            for i in good.indices {
                var bad = good
                bad[i] ^= 0x80
                try Data(bad).write(to: URL(fileURLWithPath: directory + "/bad"))
                #expect(throws: CofferError(.configuration, "")) { try OrgKeyFile(readingFrom: directory + "/bad") }
                try Data(good[..<i]).write(to: URL(fileURLWithPath: directory + "/bad"))
                #expect(throws: CofferError(.configuration, "")) { try OrgKeyFile(readingFrom: directory + "/bad") }
            }
        }
    }
}
