import CWebP
import Sealing

/// WebP files of screens, without loss.
enum WebPImage {
    static func encode(_ frame: ScreenFrame) throws(PictureForm.Failure) -> Bytes {
        guard max(frame.width, frame.height) <= Int(WEBP_MAX_DIMENSION) else { throw .tooLarge }
        var written: UnsafeMutablePointer<UInt8>?
        let count = frame.withPixels { pixels in
            coffer_webp_encode(
                pixels.bindMemory(to: UInt8.self).baseAddress, Int32(frame.width), Int32(frame.height), &written)
        }
        guard count > 0, let written else { throw .cannotEncode }
        defer { coffer_webp_free(written) }
        return Bytes(UnsafeBufferPointer(start: written, count: count))
    }
}
