import Foundation
import Sealing

/// PNG files of every depth and colour type, for the reader's tests.
enum RawPNG {
    static func file(width: UInt32, height: UInt32, depth: UInt8, type: UInt8, rows: [Bytes]) -> Bytes {
        var header = ByteWriter()
        header.u32(width)
        header.u32(height)
        let raw = rows.reduce(into: Bytes()) { $0 += [0] + $1 }
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
            + chunk("IHDR", header.bytes + [depth, type, 0, 0, 0]) + chunk("IDAT", stored(raw)) + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ data: Bytes) -> Bytes {
        var writer = ByteWriter()
        writer.u32(UInt32(data.count))
        writer.append(Array(name.utf8) + data)
        writer.u32(crc(Array(name.utf8) + data))
        return writer.bytes
    }

    /// A zlib stream of one stored block.
    private static func stored(_ data: Bytes) -> Bytes {
        let count = UInt16(data.count)
        var writer = ByteWriter([0x78, 0x01, 0x01])
        writer.append([UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)] + data)
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in data {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        writer.u32(b << 16 | a)
        return writer.bytes
    }

    private static func crc(_ bytes: Bytes) -> UInt32 {
        var crc: UInt32 = 0xffff_ffff
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
