import CofferTestKit
import Foundation
import Testing

@testable import Files

@Suite("Swap space")
struct SwapSpaceTests {
    private let root = try? TemporaryDirectory()

    private func unencrypted(_ files: [String: String], devices: [String: String] = [:]) throws -> [String] {
        let root = try #require(root)
        for (path, text) in files {
            let file = root.path + path
            try FileManager.default.createDirectory(
                atPath: Durable.split(file).directory, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        }
        return SwapSpace(root: root.path) { devices[$0] }.unencrypted()
    }

    private static let heading = "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n"

    private static func swaps(_ areas: String...) -> [String: String] {
        ["/proc/swaps": heading + areas.map { "\($0)  partition\t8388604\t0\t-2\n" }.joined()]
    }

    @Test("A machine without swap has none")
    func none() throws {
        #expect(try unencrypted(["/proc/swaps": Self.heading]) == [])
        #expect(try unencrypted([:]) == [])
    }

    @Test("A partition and a file are named, with a space in the name too")
    func named() throws {
        let found = try unencrypted(
            Self.swaps("/dev/sda2", "/swap\\040file"), devices: ["/dev/sda2": "8:2", "/swap file": "8:1"])
        #expect(found == ["/dev/sda2", "/swap file"])
    }

    @Test("A device of which nothing is known is named")
    func unknown() throws {
        #expect(try unencrypted(Self.swaps("/dev/sdz9")) == ["/dev/sdz9"])
    }

    @Test("An encrypted device, and a volume that lies on encrypted devices alone, are not named")
    func encrypted() throws {
        var files = Self.swaps("/dev/dm-0", "/dev/dm-1", "/dev/dm-2")
        files["/sys/dev/block/254:0/dm/uuid"] = "CRYPT-LUKS2-0123-swap\n"
        files["/sys/dev/block/254:1/dm/uuid"] = "LVM-abc\n"
        files["/sys/dev/block/254:1/slaves/dm-0/dev"] = "254:0\n"
        files["/sys/dev/block/254:2/dm/uuid"] = "LVM-def\n"
        files["/sys/dev/block/254:2/slaves/dm-0/dev"] = "254:0\n"
        files["/sys/dev/block/254:2/slaves/sda1/dev"] = "8:1\n"
        let devices = ["/dev/dm-0": "254:0", "/dev/dm-1": "254:1", "/dev/dm-2": "254:2"]
        #expect(try unencrypted(files, devices: devices) == ["/dev/dm-2"])
    }

    @Test("A device that lies on itself is named; looking for its ground ends")
    func circle() throws {
        var files = Self.swaps("/dev/dm-0")
        files["/sys/dev/block/254:0/slaves/dm-0/dev"] = "254:0\n"
        #expect(try unencrypted(files, devices: ["/dev/dm-0": "254:0"]) == ["/dev/dm-0"])
    }

    @Test("Compressed memory is no disk, unless it has one behind it")
    func zram() throws {
        var files = Self.swaps("/dev/zram0", "/dev/zram1")
        files["/sys/block/zram0/backing_dev"] = "none\n"
        files["/sys/block/zram1/backing_dev"] = "/dev/loop0\n"
        #expect(try unencrypted(files) == ["/dev/zram1"])
    }

    @Test("A control group that may not swap needs no encrypted swap", arguments: ["/a/b", "/a"])
    func controlGroup(group: String) throws {
        var files = Self.swaps("/dev/sda2")
        files["/proc/self/cgroup"] = "4:memory:/other\n0::/a/b\n"
        files["/sys/fs/cgroup/a/b/memory.swap.max"] = "max\n"
        files["/sys/fs/cgroup\(group)/memory.swap.max"] = "0\n"
        #expect(try unencrypted(files) == [])
    }

    @Test("A control group that may swap a little is no excuse")
    func aLittle() throws {
        var files = Self.swaps("/dev/sda2")
        files["/proc/self/cgroup"] = "0::/a\n"
        files["/sys/fs/cgroup/a/memory.swap.max"] = "0123\n"
        #expect(try unencrypted(files) == ["/dev/sda2"])
    }

    @Test("A file's device is that of its file system")
    func device() throws {
        let number = try #require(SwapSpace.device("/proc/self/status"))
        #expect(number.wholeMatch(of: /0:[0-9]+/) != nil)
        #expect(SwapSpace.device("/no/such/file") == nil)
    }
}
