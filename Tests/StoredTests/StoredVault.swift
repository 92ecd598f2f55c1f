import CofferTestKit
import Crypto
import Foundation
import Glibc
import Records
import Replica
import Sealing
import Testing
import Vault

/// A copy of `Tests/Vaults/v1` in a temporary folder, removed with this value. Tests never write into the stored files.
///
/// A test keeps it until its end, since the folder goes with it.
final class StoredVault: Sendable {
    static let stored = SharedFiles.packageRoot.appendingPathComponent("Tests/Vaults/v1")

    let path: String
    let charter: CharterFile
    /// The time at which the vault was stored. Its consents end a month later, so tests use this clock.
    let now: Milliseconds

    /// Copies these folders, the charter and `expected`. Every file gets the mode and the time that `manifest` names,
    /// because git keeps neither.
    init(_ directories: String...) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("stored-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for line in try StoredManifest.lines() where Self.isWanted(line.path, directories + ["charter", "expected"]) {
            let to = "\(path)/\(line.path)"
            if line.hash == nil {
                try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
            } else {
                try Data(contentsOf: Self.stored.appendingPathComponent(line.path)).write(to: URL(filePath: to))
                var times = [line.time, line.time]
                try #require(utimensat(AT_FDCWD, to, &times, 0) == 0)
            }
            try #require(chmod(to, line.mode) == 0)
        }
        charter = try CharterFile(readingFrom: path + "/charter")
        let text = try String(contentsOfFile: path + "/expected/now", encoding: .utf8)
        now = Milliseconds(rawValue: try #require(UInt64(text.trimmingCharacters(in: .whitespacesAndNewlines))))
    }

    /// Whether a path is one of these, or below one, or above one.
    private static func isWanted(_ path: String, _ wanted: [String]) -> Bool {
        wanted.contains { "\(path)/".hasPrefix("\($0)/") || "\($0)/".hasPrefix("\(path)/") }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func bytes(_ name: String) throws -> Bytes { Array(try Data(contentsOf: URL(filePath: "\(path)/\(name)"))) }

    /// The lines of a file in `expected`.
    func expected(_ name: String) throws -> [String] {
        try String(contentsOfFile: "\(path)/expected/\(name)", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// A follower that can reach nobody.
    func follower(database: String, start: TrustedBootstrap? = nil) throws -> Follower {
        Follower(
            pin: charter.pin, store: try LedgerDatabase(path: "\(path)/\(database)"), sources: [],
            evidence: EvidenceDirectory(path: path + "/evidence"), start: start)
    }

    // MARK: The employee

    /// The identity, opened with the passphrase that lies beside it.
    func seed() throws -> IdentitySeed {
        let passphrase = try bytes("employee/passphrase").filter { $0 != UInt8(ascii: "\n") }
        var memory = try SecretMemory(count: passphrase.count)
        memory.withMutableBytes { $0.copyBytes(from: passphrase) }
        return try IdentityFile.open(try bytes("employee/data/identity"), passphrase: memory)
    }

    func directory() throws -> VaultDirectory { try VaultDirectory(path: path + "/employee/data/vault") }

    func open(_ seed: borrowing IdentitySeed) throws -> OpenVault {
        try OpenVault(try directory(), keys: try VaultKeys(of: seed))
    }

    /// Removes the journals that the killed agent left, so that nothing is adopted.
    func removeJournals() throws {
        let directory = path + "/employee/data/vault/journals"
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
        }
    }
}

/// The list of all stored files: mode, time and SHA-256 of each. A folder has no hash.
struct StoredManifest {
    struct Line {
        let mode: mode_t
        let time: timespec
        let hash: String?
        let path: String
    }

    /// In the order of paths, a folder before what it holds.
    static func lines() throws -> [Line] {
        let text = try String(contentsOf: StoredVault.stored.appendingPathComponent("manifest"), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
            try #require(parts.count == 4)
            let time = parts[1].split(separator: ".")
            return Line(
                mode: try #require(mode_t(parts[0], radix: 8)),
                time: timespec(
                    tv_sec: try #require(Int(time[0])), tv_nsec: try #require(Int(time[1].prefix(9)))),
                hash: parts[2] == "-" ? nil : parts[2], path: parts[3])
        }
    }
}

/// SHA-256 of a screen's RGB rows, as `expected` names screens: how a PNG is packed may change, the pixels may not.
func pixelHash(_ frame: ScreenFrame) -> String {
    frame.withPixels { Hex.encode(SHA256.hash(data: $0)) }
}
