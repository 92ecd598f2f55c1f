import Crypto
import Foundation
import Keys
import Replica
import Rules
import Sealing
import Testing

@Suite("Stored files")
struct StoredFilesTests {
    /// A stored vault that changes with the code would prove nothing.
    @Test("No stored file has changed")
    func noStoredFileHasChanged() throws {
        let lines = try StoredManifest.lines()
        var stored: Set<String> = []
        let walk = try #require(FileManager.default.enumerator(atPath: StoredVault.stored.path))
        for case let path as String in walk {
            var isDirectory: ObjCBool = false
            let full = StoredVault.stored.appendingPathComponent(path).path
            if FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory), !isDirectory.boolValue {
                stored.insert(path)
            }
        }
        #expect(stored == Set(lines.filter { $0.hash != nil }.map(\.path) + ["manifest"]))
        var count = 0
        for line in lines {
            guard let hash = line.hash else { continue }
            let data = try Data(contentsOf: StoredVault.stored.appendingPathComponent(line.path))
            #expect(Hex.encode(SHA256.hash(data: data)) == hash, "\(line.path)")
            count += data.count
        }
        #expect(count <= 2 << 20, "a stored vault has at most 2 MiB")
    }

    @Test("Every key file opens and gives its public key")
    func everyKeyFileOpensAndGivesItsPublicKey() throws {
        let stored = try StoredVault("org", "job")
        var roles: [String: Int] = [:]
        let directories = [stored.path + "/org", stored.path + "/job"]
        for directory in directories {
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.hasSuffix(".pub") {
                let file = "\(directory)/\(name.dropLast(4))"
                let key = try OrgKeyFile(readingFrom: file)
                let known = Array(try Data(contentsOf: URL(filePath: "\(directory)/\(name)")))
                #expect(key.publicKey == (try OrgPublicKey(parsing: known)), "\(name)")
                #expect(key.publicKey.json.encoded + [10] == known, "\(name)")
                roles[key.role.rawValue, default: 0] += 1
            }
        }
        #expect(
            roles == [
                "broker": 4, "witness": 3, "reviewer": 3, "halter": 1, "desk": 1, "ledger": 1, "job": 1,
            ])
    }

    @Test("The charter names the stored keys")
    func theCharterNamesTheStoredKeys() throws {
        let stored = try StoredVault("org", "job")
        for broker in stored.charter.terms.brokers {
            let key = try OrgKeyFile(readingFrom: "\(stored.path)/org/\(broker.name)").publicKey
            #expect(key.noteKey == broker.noteKey)
            #expect(key.sealing == broker.sealing)
        }
        #expect(stored.charter.origin == "coffer.example/stored")
    }
}
