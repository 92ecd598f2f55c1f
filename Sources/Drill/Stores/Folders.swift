import Foundation

/// Copies folders of files and opens them to everyone.
enum Folders {
    /// The paths of all regular files below a folder, relative to it, sorted.
    static func files(below directory: String) throws -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: directory) else { return [] }
        var files: [String] = []
        while let path = walk.nextObject() as? String {
            if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular { files.append(path) }
        }
        return files.sorted()
    }

    static func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    static func create(_ path: String, mode: Int) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
    }

    /// Copies a file, or all regular files and folders below a folder. Skips what disappears meanwhile.
    static func copy(_ source: String, to target: String) throws {
        guard isDirectory(source) else { return try copyFile(source, to: target) }
        try create(target, mode: 0o700)
        for name in names(in: source) {
            let path = "\(source)/\(name)"
            let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            if type == .typeDirectory {
                try copy(path, to: "\(target)/\(name)")
            } else if type == .typeRegular {
                try copyFile(path, to: "\(target)/\(name)")
            }
        }
    }

    private static func copyFile(_ source: String, to target: String) throws {
        do { try FileManager.default.copyItem(atPath: source, toPath: target) } catch {
            if exists(source) { throw error }
        }
    }

    /// Sets mode 0777 on everything below a folder.
    static func open(_ directory: String) throws {
        let manager = FileManager.default
        try manager.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory)
        guard let walk = manager.enumerator(atPath: directory) else { return }
        while let path = walk.nextObject() as? String {
            try manager.setAttributes([.posixPermissions: 0o777], ofItemAtPath: "\(directory)/\(path)")
        }
    }
}
