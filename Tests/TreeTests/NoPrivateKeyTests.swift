import Foundation
import Testing

/// The tree holds public material only (keys/README.md).
@Suite struct NoPrivateKeyTests {
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

    /// Every file of the tree but build folders, virtual environments and git's own.
    static func files() throws -> [URL] {
        let walk = try #require(
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey, .isDirectoryKey]))
        var files: [URL] = []
        for case let url as URL in walk {
            let name = url.lastPathComponent
            let values = try url.resourceValues(forKeys: [.isRegularFileKey, .isDirectoryKey])
            if values.isDirectory == true, name == ".git" || name.hasPrefix(".build") || name.hasPrefix(".venv") {
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

    @Test func noFileOfTheTreeHoldsAPrivateKey() throws {
        let files = try Self.files()
        #expect(files.count > 50)
        for file in files where try Self.holdsPrivateKey(try Data(contentsOf: file)) {
            Issue.record("a private key stands in \(file.lastPathComponent)")
        }
    }

    @Test(arguments: planted) func theSearchFindsAPlantedKey(key: String) throws {
        #expect(try Self.holdsPrivateKey(Data("some text \(key) more".utf8)))
    }

    /// In keys/ stands public material only: pages, notes and public keys, none of them secret by its mode or name.
    @Test func keysHoldsPublicMaterialOnly() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "keys").path)
        for name in names { #expect(name == "README.md" || name == "example-charter" || name.hasSuffix(".pub")) }
    }
}
