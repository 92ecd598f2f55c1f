package import FoundationEssentials

/// The package's own folder, and the published vectors and recordings in `../shared` beside it.
package enum SharedFiles {
    /// The folder that holds `Package.swift`.
    package static let packageRoot: URL = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url
    }()

    /// A file in `../shared`, or nil when it is not there: tests that need it are then disabled by name.
    package static func url(_ path: String) -> URL? {
        existing(packageRoot.deletingLastPathComponent().appendingPathComponent("shared/\(path)"))
    }

    package static func has(_ path: String) -> Bool { url(path) != nil }

    package static func data(_ path: String) throws -> Data? {
        guard let url = url(path) else { return nil }
        return try Data(contentsOf: url)
    }

    /// A file in `Tests/Vectors`: Coffer's own known answers.
    package static func vector(_ name: String) -> URL {
        packageRoot.appendingPathComponent("Tests/Vectors/\(name)")
    }

    private static func existing(_ url: URL) -> URL? {
        FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
}
