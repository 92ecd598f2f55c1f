import Foundation
import Testing

/// The tree holds public material only (keys/README.md), but for one stored vault, whose keys protect nothing
/// (Tests/Vaults/README.md).
@Suite("No private key in the tree")
struct NoPrivateKeyTests {
    /// What a private key looks like in a file: ours, a signed note's, PEM or OpenSSH, age.
    static let patterns = [
        #"coffer\.key\.v1"[^\n]*"seed":"[A-Za-z0-9+/]{43}=""#,
        #"PRIVATE\+KEY\+[^\s+"]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{40}"#,
        #"-----BEGIN [A-Z ]*PRIVATE KEY-----"#,
        #"AGE-SECRET-KEY-1[0-9A-Z]{20}"#,
    ]

    /// One that each pattern must find; put together here, so that this file holds none.
    static let planted = [
        #"{"schema":"coffer.key.v1","role":"desk","seed":""# + String(repeating: "A", count: 43) + #"="}"#,
        "PRIVATE+" + "KEY+example.org+0123abcd+" + String(repeating: "B", count: 44),
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
        "AGE-SECRET-" + "KEY-1" + String(repeating: "C", count: 40),
    ]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The one folder that may hold private keys.
    static let exempt = "Tests/Vaults/v1"

    /// Every file below a folder but build folders, virtual environments, git's own and the exempt folder.
    static func files(in root: URL = root) throws -> [URL] {
        let walk = try #require(
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey, .isDirectoryKey]))
        var files: [URL] = []
        for case let url as URL in walk {
            let name = url.lastPathComponent
            let values = try url.resourceValues(forKeys: [.isRegularFileKey, .isDirectoryKey])
            let isPassedOver =
                name == ".git" || name.hasPrefix(".build") || name.hasPrefix(".venv")
                || url.standardizedFileURL.path == root.appending(path: exempt).standardizedFileURL.path
            if values.isDirectory == true, isPassedOver {
                walk.skipDescendants()
            } else if values.isRegularFile == true {
                files.append(url)
            }
        }
        return files
    }

    static func holdsPrivateKey(_ bytes: Data) throws -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return try patterns.contains { text.contains(try Regex($0)) }
    }

    @Test("No file of the tree holds a private key")
    func noFileOfTheTreeHoldsAPrivateKey() throws {
        let files = try Self.files()
        #expect(files.count > 50)
        for file in files where try Self.holdsPrivateKey(try Data(contentsOf: file)) {
            Issue.record("a private key stands in \(file.lastPathComponent)")
        }
    }

    @Test("The search finds a planted key", arguments: planted)
    func theSearchFindsAPlantedKey(key: String) throws {
        #expect(try Self.holdsPrivateKey(Data("some text \(key) more".utf8)))
    }

    /// The stored vault does hold private keys, so that the exemption is needed.
    @Test("The stored vault holds private keys")
    func theStoredVaultHoldsPrivateKeys() throws {
        let directory = Self.root.appending(path: Self.exempt)
        let found = try Self.files(in: directory).filter { try Self.holdsPrivateKey(try Data(contentsOf: $0)) }
        #expect(found.contains { $0.path.hasSuffix("org/ledger") })
    }

    /// A key that lies beside the stored vault, above it, or in a folder of the same name elsewhere, is found.
    @Test("The exemption is for one folder only")
    func theExemptionIsForOneFolderOnly() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "tree-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let elsewhere = [
            "Tests/Vaults/key", "Tests/Vaults/v10/key", "Tests/Vaults/v2/key", "Tests/v1/key", "Vaults/v1/key",
            "Sources/Tests/Vaults/v1/key",
        ]
        for path in elsewhere + ["\(Self.exempt)/key", "\(Self.exempt)/org/key"] {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(Self.planted[0].utf8).write(to: file)
        }
        let found = try Self.files(in: root).filter { try Self.holdsPrivateKey(try Data(contentsOf: $0)) }
        let place = root.standardizedFileURL.path + "/"
        #expect(
            found.map { $0.standardizedFileURL.path.replacing(place, with: "") }.sorted() == elsewhere.sorted())
    }

    /// In keys/ stands public material only: pages, notes and public keys, none of them secret by its mode or name.
    @Test("The folder keys holds public material only")
    func keysHoldsPublicMaterialOnly() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "keys").path)
        for name in names { #expect(name == "README.md" || name == "example-charter" || name.hasSuffix(".pub")) }
    }
}
