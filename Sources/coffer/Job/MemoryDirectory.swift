import CLinux
import Foundation
import Sealing

/// A directory of this user alone that never reaches a disk, for a program's temporary files.
struct MemoryDirectory {
    let path: String

    /// Makes it in the first of these directories that lies in memory. Throws when none does.
    init(in candidates: [String]) throws(CofferError) {
        for candidate in candidates where coffer_is_in_memory(candidate) != 0 {
            var template = Array("\(candidate)/coffer-run-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { continue }
            path = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            return
        }
        throw CofferError(
            .configuration, "There is no folder in memory for the program's temporary files.", rule: "run.disk",
            hint: "Mount a tmpfs and set TMPDIR to it, or accept with --allow-disk that they reach a disk.")
    }

    /// The places where such a directory is looked for.
    static var candidates: [String] {
        let environment = ProcessInfo.processInfo.environment
        return [environment["TMPDIR"], environment["XDG_RUNTIME_DIR"], "/dev/shm", "/tmp"].compactMap { $0 }
            .filter { $0.hasPrefix("/") }
    }

    /// Removes it and what the program left there. It follows no link.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
