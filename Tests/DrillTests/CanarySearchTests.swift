import Foundation
import Records
import Sealing
import Testing

@testable import Drill

/// A search that finds nothing proves nothing unless it would have found something.
@Suite("Search for canaries")
struct CanarySearchTests {
    private static let canary = Canary("typed text", text: "the canary sings é")

    private func inFolder<R>(_ body: (String) throws -> R) throws -> R {
        let directory = NSTemporaryDirectory() + "coffer-drill-test-\(UInt64.random(in: 0...UInt64.max))"
        try Folders.create(directory + "/a/b", mode: 0o700)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try body(directory)
    }

    private func hits(_ bytes: Bytes, name: String = "file") throws -> [CanarySearch.Hit] {
        try inFolder { directory in
            try Data(bytes).write(to: URL(filePath: "\(directory)/a/b/\(name)"))
            return try CanarySearch([Self.canary]).search(directory).hits
        }
    }

    @Test("The search finds every form")
    func findsEveryForm() throws {
        // No zeros around it: one byte order of UTF-16 after a zero reads as the other.
        let filler = Bytes(repeating: 0xA5, count: 1_000)
        for form in Self.canary.forms {
            let found = try hits(filler + form.bytes + filler)
            #expect(found.map(\.form) == [form.name])
            #expect(found.first?.path == "a/b/file")
        }
    }

    @Test("The search finds base64 at every offset", arguments: 0..<9)
    func findsBase64AtEveryPlace(offset: Int) throws {
        let bytes = Random.bytes(offset) + Self.canary.bytes + Random.bytes(7)
        #expect(try !hits(Array(Base64.encode(bytes).utf8)).isEmpty)
    }

    @Test("The search finds a canary in zstd frames and pictures")
    func findsItInZstdAndPictures() throws {
        let packed = try Self.canary.bytes.withUnsafeBytes { try Zstd.compress($0) }
        #expect(try hits([1, 2, 3] + packed + [4]).map(\.place).contains("zstd"))

        let frame = try ScreenFrame(width: 40, height: 2) { pixels in
            pixels.copyBytes(from: Bytes(repeating: 9, count: 11) + Self.canary.bytes)
        }
        let picture = try PNGImage.encode(frame)
        #expect(try hits(Random.bytes(100) + picture).map(\.place) == ["png"])
        let packedPicture = try picture.withUnsafeBytes { try Zstd.compress($0) }
        #expect(try hits(packedPicture).map(\.place).contains("zstd/png"))
    }

    @Test("The search finds a canary in names")
    func findsItInNames() throws {
        #expect(try hits([], name: "the canary sings é").map(\.place) == ["name"])
    }

    @Test("The search finds nothing elsewhere")
    func findsNothingElsewhere() throws {
        #expect(try hits(Random.bytes(100_000)).isEmpty)
        #expect(try hits(Array("the canary sings e".utf8)).isEmpty)
        #expect(try hits([]).isEmpty)
    }

    @Test("Truncated and damaged packages do not stop the search")
    func cutAndDamagedPackagesAreNoTrap() throws {
        let noise = Random.bytes(50_000)
        let packed = try (noise + Self.canary.bytes).withUnsafeBytes { try Zstd.compress($0) }
        _ = try hits(Array(packed.dropLast(10)))
        #expect(try hits([0x28, 0xb5, 0x2f, 0xfd]).isEmpty)
        #expect(try hits([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]).isEmpty)
    }

    @Test("With all parts everything opens")
    func opensEverything() throws {
        try inFolder { directory in
            try Data().write(to: URL(filePath: "\(directory)/a/secret"))
            try Folders.open(directory)
            for path in ["", "/a", "/a/b", "/a/secret"] {
                let mode = try FileManager.default.attributesOfItem(atPath: directory + path)[.posixPermissions] as? Int
                #expect(mode == 0o777)
            }
        }
    }
}
