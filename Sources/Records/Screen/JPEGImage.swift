import CJPEG
import Sealing

/// JPEG files of screens: quality 90, and colours in full, because those of thin letters would run otherwise.
enum JPEGImage {
    private static let quality: Int32 = 90

    static func encode(_ frame: ScreenFrame) throws(PictureForm.Failure) -> Bytes {
        guard let compressor = tjInitCompress() else { throw .cannotEncode }
        defer { tjDestroy(compressor) }
        let colours = Int32(TJSAMP_444.rawValue)
        let bound = tjBufSize(Int32(frame.width), Int32(frame.height), colours)
        guard bound > 0, bound < .max else { throw .tooLarge }
        var failed = false
        let out = Bytes(unsafeUninitializedCapacity: Int(bound)) { buffer, count in
            var start = buffer.baseAddress
            var size = bound
            failed =
                frame.withPixels { pixels in
                    tjCompress2(
                        compressor, pixels.bindMemory(to: UInt8.self).baseAddress, Int32(frame.width), 0,
                        Int32(frame.height), Int32(TJPF_RGB.rawValue), &start, &size, colours, Self.quality,
                        TJFLAG_NOREALLOC)
                } != 0
            count = failed ? 0 : Int(size)
        }
        if failed { throw .cannotEncode }
        return out
    }
}
