import CofferTestKit
import Files
import Foundation
import Sealing
import Testing

@testable import Vault

@Suite("Reading the vault")
struct OpenVaultTests {
    private let vault: TemporaryVault
    init() throws { vault = try TemporaryVault() }

    @Test("An open vault lists what is stored")
    func listsWhatIsStored() throws {
        let id = try vault.store(TemporaryVault.records(3))
        let segment = try #require(try vault.open.refresh(now: .max).segments.first)
        #expect(segment.id == id)
        #expect(segment.app == vault.code)
        #expect(segment.count == 3)
        #expect(segment.from == TemporaryVault.noon)
        #expect(segment.until == TemporaryVault.noon + 2000)
    }

    @Test("Another identity is refused")
    func anotherIdentityIsRefused() throws {
        let other = try VaultKeys(of: try IdentitySeed())
        #expect(throws: CofferError(.refused, "", rule: "identity")) { try OpenVault(vault.directory, keys: other) }
    }

    @Test("A stranger's segment is an alarm")
    func aStrangersSegmentIsAnAlarm() throws {
        let id = try vault.store(TemporaryVault.records(3), device: SigningKey())
        let found = try vault.open.refresh(now: 1)
        #expect(found.alarms == [OpenVault.Alarm(reason: .uncertified, name: id.hex)])
        #expect(found.segments.map(\.id) == [id])
    }

    @Test("A damaged part is an alarm", arguments: ["header", "label"])
    func aDamagedPartIsAnAlarm(_ part: String) throws {
        let id = try vault.store(TemporaryVault.records(3))
        let path = "\(vault.directory.segmentFile(id)).\(part)"
        var bytes = try #require(try DurableFile.read(path, atMost: 1 << 20))
        bytes[bytes.count / 2] ^= 1
        try DurableFile.write(bytes, to: path)
        let found = try vault.open.refresh(now: 1)
        #expect(found.alarms == [OpenVault.Alarm(reason: .damaged, name: id.hex)])
        #expect(found.segments.isEmpty)
    }

    @Test("A swapped body does not open")
    func aSwappedBodyDoesNotOpen() throws {
        let a = try vault.store(TemporaryVault.records(3))
        let b = try vault.store(TemporaryVault.records(4))
        let open = try vault.open
        try DurableFile.write(try vault.directory.body(b), to: vault.directory.segmentFile(a) + ".body")
        let segment = try #require(try open.refresh(now: 1).segments.first { $0.id == a })
        #expect(throws: CofferError(.tampering, "")) { try open.records(of: segment) }
    }

    @Test("The index is only a cache")
    func theIndexIsOnlyACache() throws {
        try vault.store(TemporaryVault.records(3))
        let before = Set(try vault.open.refresh(now: 5).segments.map(\.id))
        try DurableFile.write([1, 2, 3], to: vault.directory.path + "/index")
        #expect(Set(try vault.open.refresh(now: 5).segments.map(\.id)) == before)
    }

    @Test("The list of devices is not a cache: damage is an alarm")
    func theListOfDevicesIsNot() throws {
        var file = try #require(try DurableFile.read(vault.directory.path + "/certificates", atMost: 1 << 20))
        file[file.count - 1] ^= 1
        try DurableFile.write(file, to: vault.directory.path + "/certificates")
        #expect(throws: CofferError(.tampering, "")) { try vault.open.certificates() }
    }

    @Test("No file holds plaintext")
    func nothingInTheFilesIsPlain() throws {
        let canary = "quetzalcoatlus"
        try vault.store([
            Record(time: TemporaryVault.noon, object: .object([.init("key", .string(canary))]))
        ])
        _ = try vault.open.refresh(now: 1)
        let files = try #require(FileManager.default.enumerator(atPath: vault.directory.path))
        for case let file as String in files {
            guard let bytes = FileManager.default.contents(atPath: "\(vault.directory.path)/\(file)") else { continue }
            for needle in [canary, vault.code.string + "\"", "press"] {
                #expect(bytes.range(of: Data(needle.utf8)) == nil, "\(needle) in \(file)")
            }
        }
    }

    @Test("Files are for this user only")
    func filesAreForThisUserOnly() throws {
        try vault.store(TemporaryVault.records(1))
        _ = try vault.open.refresh(now: 1)
        let files = try #require(FileManager.default.enumerator(atPath: vault.directory.path))
        for case let file as String in files {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(vault.directory.path)/\(file)")
            let mode = try #require((attributes[.posixPermissions] as? NSNumber)?.intValue)
            #expect(mode & 0o077 == 0, "\(file)")
        }
    }
}
