import CPNG
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
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        image.width = png_uint_32(frame.width)
        image.height = png_uint_32(frame.height)
        image.format = rgb
        image.flags = png_uint_32(PNG_IMAGE_FLAG_FAST)
        defer { png_image_free(&image) }
        // The bound of libpng's PNG_IMAGE_PNG_SIZE_MAX: stored blocks, a filter byte a row, and the chunks around them.
        let raw = frame.height * (frame.width * 3 + 1)
        let bound = raw + 5 * (raw / 8192 + 1) + 4096
        var failed = false
        let out = Bytes(unsafeUninitializedCapacity: bound) { buffer, count in
            var size = png_alloc_size_t(bound)
            failed =
                frame.withPixels {
                    png_image_write_to_memory(&image, buffer.baseAddress, &size, 0, $0.baseAddress, 0, nil)
                } == 0
            count = failed ? 0 : Int(size)
        }
        if failed { throw .cannotEncode }
        return out
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

    /// PNG_FORMAT_RGB.
    private static let rgb = png_uint_32(PNG_FORMAT_FLAG_COLOR)
}
