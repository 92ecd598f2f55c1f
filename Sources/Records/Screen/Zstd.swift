import CZstd
package import Sealing

/// zstd frames of known size (RFC 8878).
package enum Zstd {
    package enum ZstdError: Error, Equatable {
        case cannotCompress
    }

    /// The level that measured best for screens: most of the compression at a few milliseconds per frame.
    package static let level: Int32 = 3

    package static func compress(_ bytes: UnsafeRawBufferPointer) throws(ZstdError) -> Bytes { try compress([bytes]) }

    /// One frame of parts that need not lie together. The result takes no more memory than it has bytes, whatever the
    /// parts might have become.
    static func compress(_ parts: [UnsafeRawBufferPointer]) throws(ZstdError) -> Bytes {
        guard let context = ZSTD_createCCtx() else { throw .cannotCompress }
        defer { ZSTD_freeCCtx(context) }
        let count = parts.reduce(0) { $0 + $1.count }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setPledgedSrcSize(context, UInt64(count))
        let piece = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(ZSTD_compressBound(count), ZSTD_CStreamOutSize()), alignment: 16)
        defer { piece.deallocate() }
        var out = Bytes()
        for part in parts { try feed(part, ZSTD_e_continue, to: context, piece, &out) }
        try feed(UnsafeRawBufferPointer(start: nil, count: 0), ZSTD_e_end, to: context, piece, &out)
        return out
    }

    /// Gives the compressor a part, or tells it the end, and takes what it has ready.
    private static func feed(
        _ part: UnsafeRawBufferPointer, _ what: ZSTD_EndDirective, to context: OpaquePointer,
        _ piece: UnsafeMutableRawBufferPointer, _ out: inout Bytes
    ) throws(ZstdError) {
        var input = ZSTD_inBuffer(src: part.baseAddress, size: part.count, pos: 0)
        var isDone = false
        while !isDone {
            var output = ZSTD_outBuffer(dst: piece.baseAddress, size: piece.count, pos: 0)
            let left = ZSTD_compressStream2(context, &output, &input, what)
            guard ZSTD_isError(left) == 0 else { throw .cannotCompress }
            out += piece[..<output.pos]
            isDone = input.pos == input.size && (what == ZSTD_e_continue || left == 0)
        }
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
