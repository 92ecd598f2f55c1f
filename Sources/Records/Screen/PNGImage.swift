import CISAL
import CPNG
import CZlib
import Glibc
package import Sealing

/// PNG files of screens. libpng's error jumps stay inside C.
package enum PNGImage {
    package enum PNGError: Error, Equatable {
        case cannotEncode
        case notPNG
        case tooLarge
    }

    /// Encodes a frame as an RGB PNG.
    package static func encode(_ frame: ScreenFrame) throws(PNGError) -> Bytes {
        var bands: [PicturePart] = []
        for rows in PictureForm.png.parts(ofHeight: frame.height) { bands.append(try band(rows, of: frame)) }
        return file(width: frame.width, height: frame.height, bands)
    }

    /// These rows as a chunk of image data that depends on no other row.
    static func band(_ rows: Range<Int>, of frame: ScreenFrame) throws(PNGError) -> PicturePart {
        let count = rows.count * (frame.width * 3 + 1)
        let filtered = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        let room = coffer_deflate_bound(count)
        let out = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
        defer {
            if let start = filtered.baseAddress { explicit_bzero(start, count) }
            filtered.deallocate()
            out.deallocate()
        }
        frame.withPixels { PNGFilter.filter(rows, of: $0, width: frame.width, into: filtered) }
        let bytes = filtered.bindMemory(to: UInt8.self).baseAddress
        let written = coffer_deflate_piece(bytes, UInt32(count), out, UInt32(room))
        guard written > 0 else { throw .cannotEncode }
        return PicturePart(
            chunk("IDAT", UnsafeBufferPointer(start: out, count: written)),
            checksum: coffer_adler32(bytes, UInt64(count)), pixels: count)
    }

    /// The file of bands that follow each other: the head of a zlib stream, the bands, an empty block that is the last,
    /// and the checksum of them all.
    static func file(width: Int, height: Int, _ bands: [PicturePart]) -> Bytes {
        var header = ByteWriter()
        header.u32(UInt32(width))
        header.u32(UInt32(height))
        // Eight bits, RGB, deflate, filters by rows, not interlaced.
        header.append([8, 2, 0, 0, 0])
        var end = ByteWriter([0x03, 0x00])
        end.u32(bands.reduce(1) { UInt32(adler32_combine(UInt($0), UInt($1.checksum), $1.pixels)) })
        var file: Bytes = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        file.reserveCapacity(bands.reduce(128) { $0 + $1.bytes.count })
        file += chunk("IHDR", header.bytes)
        file += chunk("IDAT", [0x78, 0x01])
        for band in bands { file += band.bytes }
        file += chunk("IDAT", end.bytes)
        return file + chunk("IEND", Bytes())
    }

    private static func chunk(_ name: String, _ data: some Collection<UInt8>) -> Bytes {
        var writer = ByteWriter([], room: data.count + 12)
        writer.u32(UInt32(data.count))
        writer.append(name.utf8)
        writer.append(data)
        let checked = writer.bytes[4...]
        writer.u32(checked.withUnsafeBufferPointer { coffer_crc32($0.baseAddress, UInt64($0.count)) })
        return writer.bytes
    }

    /// Reads any PNG as the RGB that is stored in it, as Pillow does: without its alpha and its gamma, and of 16 bits
    /// the upper eight.
    package static func decode(_ file: Bytes) throws(PNGError) -> ScreenFrame {
        // The signature, then the length and the name of the first chunk, then width and height.
        var reader = ByteReader(Array(file.prefix(24)))
        guard file.starts(with: [0x89, 0x50, 0x4e, 0x47]), (try? reader.take(16)) != nil,
            let width = try? reader.u32(), let height = try? reader.u32()
        else { throw .notPNG }
        guard ScreenFrame.isPossible(width: Int(width), height: Int(height)) else { throw .tooLarge }
        var failed = false
        let frame = try? ScreenFrame(width: Int(width), height: Int(height)) { pixels in
            file.withUnsafeBufferPointer { bytes in
                failed =
                    coffer_png_read_rgb(
                        bytes.baseAddress, bytes.count, width, height,
                        pixels.baseAddress?.assumingMemoryBound(to: UInt8.self)) == 0
            }
        }
        guard let frame else { throw .tooLarge }
        if failed { throw .notPNG }
        return frame
    }
}
