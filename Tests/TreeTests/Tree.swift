import Foundation

/// The files of the tree, each read once. A test can also make a small tree in memory, to plant a fault in it.
struct Tree: Sendable {
    struct File: Sendable {
        let path: String
        let bytes: [UInt8]
        var isExecutable = false

        var text: String { String(decoding: bytes, as: UTF8.self) }
        /// What stands after the last slash.
        var name: String { String(path.split(separator: "/").last ?? "") }
        /// The name without its ending.
        var stem: String { String(name.split(separator: ".").first ?? "") }
        var isSwift: Bool { path.hasSuffix(".swift") }
        var isPage: Bool { path.hasSuffix(".md") }
        /// Whether its comments begin with `#`.
        var isScript: Bool { path.hasSuffix(".sh") || path.hasSuffix(".py") || runs }
        /// Whether its first line names the program that runs it.
        var runs: Bool { bytes.starts(with: [0x23, 0x21]) }
    }

    let files: [File]
    let paths: Set<String>

    init(_ files: [File]) {
        self.files = files.sorted { $0.path < $1.path }
        var paths: Set<String> = []
        for file in files {
            var parts = file.path.split(separator: "/")
            while !parts.isEmpty {
                paths.insert(parts.joined(separator: "/"))
                parts.removeLast()
            }
        }
        self.paths = paths
    }

    func file(_ path: String) -> File? { files.first { $0.path == path } }

    func text(_ path: String) -> String { file(path)?.text ?? "" }

    /// The pages of the catalogue, by their names.
    var catalogue: [String: File] {
        let pages = files.filter { $0.isPage && $0.path.hasPrefix("Sources/coffer/Coffer.docc/") }
        return Dictionary(pages.map { ($0.stem, $0) }) { first, _ in first }
    }
}

extension Tree {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// Known answers, seeds and stored vaults are data: their names count, their bytes do not.
    private static let data = ["Tests/Vectors/", "Tests/Vaults/", "tools/fuzzing/corpus/", "keys/example-charter"]

    /// All of the tree but what git leaves out.
    static func read() throws -> Tree {
        var files: [File] = []
        var directories = [""]
        while let directory = directories.popLast() {
            for name in try FileManager.default.contentsOfDirectory(atPath: root + "/" + directory) {
                let path = directory + name
                let whole = root + "/" + path
                let left = [".build", ".git", ".swiftpm", ".venv"].contains { name.hasPrefix($0) } && name != ".github"
                if left || name == "__pycache__" { continue }
                let attributes = try FileManager.default.attributesOfItem(atPath: whole)
                if attributes[.type] as? FileAttributeType == .typeDirectory {
                    directories.append(path + "/")
                    continue
                }
                let isData = data.contains { path.hasPrefix($0) } && !path.hasSuffix(".py")
                let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
                let bytes = isData ? [] : [UInt8](try Data(contentsOf: URL(filePath: whole)))
                files.append(File(path: path, bytes: bytes, isExecutable: mode & 0o100 != 0))
            }
        }
        return Tree(files)
    }
}
