import CZstd
import Records
import Sealing

/// Unpacks zstd frames and PNGs, wherever they begin in some bytes.
enum Unpacking {
    private static let zstd: Bytes = [0x28, 0xb5, 0x2f, 0xfd]
    private static let png: Bytes = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    /// The most bytes to unpack from one frame.
    static let limit = 128 << 20

    static func all(in bytes: Bytes) -> [(name: String, content: Bytes)] {
        var found: [(String, Bytes)] = []
        for start in positions(of: zstd, in: bytes) {
            if let content = unzstd(bytes[start...]) { found.append(("zstd", content)) }
        }
        for start in positions(of: png, in: bytes) {
            guard let frame = try? PNGImage.decode(Array(bytes[start...])) else { continue }
            found.append(("png", frame.withPixels { Bytes($0) }))
        }
        return found
    }

    private static func positions(of mark: Bytes, in bytes: Bytes) -> [Int] {
        bytes.withUnsafeBytes { bytes in
            var found: [Int] = []
            var at = 0
            while at + mark.count <= bytes.count {
                if bytes[at] == mark[0], bytes[at..<at + mark.count].elementsEqual(mark) { found.append(at) }
                at += 1
            }
            return found
        }
    }

    /// As much of a frame as unpacks: a truncated frame gives its beginning.
    private static func unzstd(_ frame: ArraySlice<UInt8>) -> Bytes? {
        guard let stream = ZSTD_createDStream() else { return nil }
        defer { ZSTD_freeDStream(stream) }
        var content = Bytes()
        frame.withUnsafeBytes { source in
            var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            var chunk = Bytes(repeating: 0, count: 1 << 17)
            while content.count < limit {
                let (left, got) = chunk.withUnsafeMutableBytes { target in
                    var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                    return (ZSTD_decompressStream(stream, &output, &input), output.pos)
                }
                guard ZSTD_isError(left) == 0 else { return }
                content += chunk[..<got]
                if left == 0 || (got == 0 && input.pos == input.size) { return }
            }
        }
        return content.isEmpty ? nil : content
    }
}
