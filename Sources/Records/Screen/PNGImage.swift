import CPNG
import Glibc
package import Sealing

/// PNG files of screens. Uses libpng's simplified interface, whose error jumps stay inside C.
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

    /// Reads any PNG as RGB over black.
    package static func decode(_ file: Bytes) throws(PNGError) -> ScreenFrame {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        // The image points to the file's bytes until it is finished.
        let frame: Result<ScreenFrame, PNGError> = file.withUnsafeBytes { bytes in
            guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
                return .failure(.notPNG)
            }
            image.format = rgb
            var black = png_color(red: 0, green: 0, blue: 0)
            var failed = false
            let frame = try? ScreenFrame(width: Int(image.width), height: Int(image.height)) { pixels in
                failed = png_image_finish_read(&image, &black, pixels.baseAddress, 0, nil) == 0
            }
            guard let frame else { return .failure(.tooLarge) }
            return failed ? .failure(.notPNG) : .success(frame)
        }
        return try frame.get()
    }

    /// PNG_FORMAT_RGB.
    private static let rgb = png_uint_32(PNG_FORMAT_FLAG_COLOR)
}
