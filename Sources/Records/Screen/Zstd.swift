import CZstd
package import Sealing

/// zstd frames of known size (RFC 8878).
package enum Zstd {
    package enum ZstdError: Error, Equatable {
        case cannotCompress
    }

    /// The level that measured best for screens: most of the compression at a few milliseconds per frame.
    package static let level: Int32 = 3

    package static func compress(_ bytes: UnsafeRawBufferPointer) throws(ZstdError) -> Bytes {
        let bound = ZSTD_compressBound(bytes.count)
        var failed = false
        let out = Bytes(unsafeUninitializedCapacity: bound) { buffer, count in
            let written = ZSTD_compress(buffer.baseAddress, bound, bytes.baseAddress, bytes.count, level)
            failed = ZSTD_isError(written) != 0
            count = failed ? 0 : written
        }
        if failed { throw .cannotCompress }
        return out
    }

    /// The first bytes of a frame, other than of one that a reader skips.
    private static let magic: Bytes = [0x28, 0xb5, 0x2f, 0xfd]

    /// Decompresses one frame into this buffer and fills it exactly. Throws for a frame that holds more or less, and
    /// for bytes that are not exactly one frame: the same content would have several forms.
    package static func decompress(_ frame: Bytes, into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) {
        let length = frame.withUnsafeBytes { ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) }
        guard frame.starts(with: magic), length == frame.count else { throw .notCanonical }
        let written = frame.withUnsafeBytes {
            ZSTD_decompress(buffer.baseAddress, buffer.count, $0.baseAddress, $0.count)
        }
        guard ZSTD_isError(written) == 0 else { throw .notCanonical }
        guard written == buffer.count else { throw .truncated }
    }
}
