import Foundation
import Glibc

/// Removes a file as `rm` would.
func unlinked(_ path: String) -> Bool { unlink(path) == 0 }
