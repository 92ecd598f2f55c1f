import Foundation
import Glibc

/// Removes a file as `rm` would.
func unlinked(_ path: String) -> Bool { unlink(path) == 0 }

/// A folder of this process, gone with it.
enum ScratchFolder {
    static let path: String = {
        let path = NSTemporaryDirectory() + "coffer-import-\(getpid())"
        atexit { try? FileManager.default.removeItem(atPath: ScratchFolder.path) }
        return path
    }()
}
