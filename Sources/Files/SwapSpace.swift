import Glibc
import Sealing

/// Where the kernel writes memory that it swaps out, so that it can be read from a disk later.
package struct SwapSpace: Sendable {
    private let root: String
    private let device: @Sendable (String) -> String?

    /// The system under a root directory. `device` gives a swap area's device as MAJOR:MINOR: its own if it is one,
    /// otherwise that of the file system that it lies on.
    package init(root: String = "", device: @escaping @Sendable (String) -> String? = Self.device) {
        self.root = root
        self.device = device
    }

    /// The areas in use (`proc(5)`, /proc/swaps) whose content is not known to be encrypted. None if the control group
    /// of this process forbids it to swap.
    package func unencrypted() -> [String] { isForbidden ? [] : exposed() }

    /// The same, whatever the control group of this process says.
    package func exposed() -> [String] {
        text("/proc/swaps").split(separator: "\n").dropFirst().compactMap { line in
            line.split(whereSeparator: \.isWhitespace).first.map { Self.unescaped(String($0)) }
        }.filter { !isEncrypted($0) }
    }

    /// Whether the control group of this process, or one above it, has `memory.swap.max` 0.
    package var isForbidden: Bool {
        guard let line = text("/proc/self/cgroup").split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else {
            return false
        }
        var group = String(line.dropFirst(3))
        while group != "/", !group.isEmpty {
            if text("/sys/fs/cgroup\(group)/memory.swap.max").hasPrefix("0\n") { return true }
            group = Durable.split(group).directory
        }
        return false
    }

    private func isEncrypted(_ swap: String) -> Bool {
        if let name = swap.split(separator: "/").last, swap.hasPrefix("/dev/zram") {
            // Compressed memory, unless it has a disk behind it.
            let disk = text("/sys/block/\(name)/backing_dev")
            return disk.isEmpty || disk.hasPrefix("none")
        }
        return device(swap).map { isEncrypted(device: $0, depth: 0) } ?? false
    }

    /// Whether a block device is one of dm-crypt, or lies on such devices alone.
    private func isEncrypted(device: String, depth: Int) -> Bool {
        let folder = "/sys/dev/block/\(device)"
        if text(folder + "/dm/uuid").hasPrefix("CRYPT-") { return true }
        let below = (try? DiskFileSystem().list(root + folder + "/slaves")) ?? []
        guard depth < 8, !below.isEmpty else { return false }
        return below.allSatisfy { name in
            let number = text("\(folder)/slaves/\(name)/dev").prefix { $0 != "\n" }
            return !number.isEmpty && isEncrypted(device: String(number), depth: depth + 1)
        }
    }

    /// A file of the kernel's; empty if it cannot be read.
    private func text(_ path: String) -> String {
        String(decoding: (try? ForeignFile(root + path, follows: true).read(65_536)) ?? [], as: UTF8.self)
    }

    /// Spaces in paths are written in octal.
    private static func unescaped(_ path: String) -> String {
        path.replacing("\\040", with: " ").replacing("\\011", with: "\t")
    }

    package static func device(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let number = status.st_mode & S_IFMT == S_IFBLK ? status.st_rdev : status.st_dev
        // The layout of glibc's `dev_t` (sys/sysmacros.h).
        let major = number >> 8 & 0xfff | number >> 32 & ~0xfff
        let minor = number & 0xff | number >> 12 & ~0xff
        return "\(major):\(minor)"
    }
}
