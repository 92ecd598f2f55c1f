import Foundation
import Testing

/// The tree holds public material only (keys/README.md).
@Suite struct NoPrivateKeyTests {
    /// What a private key looks like in a file: ours, a signed note's, PEM, OpenSSH, age.
    static let marks = [
        #""schema":"coffer.key"# + ".v1\"", "PRIVATE+" + "KEY+", "PRIVATE " + "KEY-----", "AGE-SECRET-" + "KEY-1",
    ]

    /// Published test keys of other projects, whose known answers our tests reproduce.
    static let published = ["PRIVATE+" + "KEY+example.com/log/testdata+33d7b496"]

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

    static func holdsPrivateKey(_ bytes: Data) -> Bool {
        var text = String(decoding: bytes, as: UTF8.self)
        for known in published { text = text.replacingOccurrences(of: known, with: "") }
        return marks.contains { text.contains($0) }
    }

    @Test func noFileOfTheTreeHoldsAPrivateKey() throws {
        let files = try Self.files()
        #expect(files.count > 50)
        for file in files where Self.holdsPrivateKey(try Data(contentsOf: file)) {
            Issue.record("a private key stands in \(file.lastPathComponent)")
        }
    }

    @Test(arguments: marks) func theSearchFindsAPlantedKey(mark: String) {
        #expect(Self.holdsPrivateKey(Data("some text \(mark) more".utf8)))
    }

    /// In keys/ stands public material only: pages, notes and public keys, none of them secret by its mode or name.
    @Test func keysHoldsPublicMaterialOnly() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "keys").path)
        for name in names { #expect(name == "README.md" || name == "example-charter" || name.hasSuffix(".pub")) }
    }
}
