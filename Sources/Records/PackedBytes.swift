import CZlib
import CZstd
package import Sealing

/// Unpacks a gzip file, of one or several members, or a zstd file piece by piece, in bounded memory.
package final class PackedBytes {
    package enum Form: String, Sendable {
        case gzip, zstd

        /// The form that a file's first bytes say.
        package init?(firstBytes: some Collection<UInt8>) {
            if firstBytes.starts(with: [0x1f, 0x8b]) {
                self = .gzip
            } else if firstBytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
                self = .zstd
            } else {
                return nil
            }
        }
    }

    package enum Failure: Error {
        case damaged
    }

    private enum State {
        /// At one place: zlib keeps a pointer to it.
        case gzip(UnsafeMutablePointer<z_stream>)
        case zstd(OpaquePointer)
    }

    private let state: State
    private var input: Bytes = []
    private var position = 0
    /// Whether the bytes so far end a whole member or frame.
    package private(set) var isComplete = true

    package init(_ form: Form) throws(Failure) {
        switch form {
        case .gzip:
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            stream.initialize(to: z_stream())
            // 15 bits of window; 16 for gzip.
            guard inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                stream.deallocate()
                throw .damaged
            }
            state = .gzip(stream)
        case .zstd:
            guard let stream = ZSTD_createDStream() else { throw .damaged }
            // At most 128 MiB of window, as the zstd program allows.
            ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 27)
            state = .zstd(stream)
        }
    }

    deinit {
        switch state {
        case .gzip(let stream):
            inflateEnd(stream)
            stream.deallocate()
        case .zstd(let stream): ZSTD_freeDStream(stream)
        }
    }

    /// More of the file. Call it only when `next` gave nothing.
    package func feed(_ bytes: Bytes) {
        input = bytes
        position = 0
    }

    /// Up to this many unpacked bytes; none when more of the file is needed.
    package func next(atMost limit: Int) throws(Failure) -> Bytes {
        var failed = false
        let out = Bytes(unsafeUninitializedCapacity: limit) { buffer, count in
            count = input.withUnsafeBufferPointer { unpack($0, into: buffer, &failed) }
        }
        if failed { throw .damaged }
        return out
    }

    private func unpack(
        _ bytes: UnsafeBufferPointer<UInt8>, into buffer: UnsafeMutableBufferPointer<UInt8>, _ failed: inout Bool
    ) -> Int {
        var filled = 0
        while filled < buffer.count, !failed {
            let before = (position, filled)
            switch state {
            case .gzip(let stream):
                if isComplete {
                    if position == bytes.count { return filled }
                    inflateReset(stream)
                    isComplete = false
                }
                stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress.map { $0 + position })
                stream.pointee.avail_in = UInt32(bytes.count - position)
                stream.pointee.next_out = buffer.baseAddress.map { $0 + filled }
                stream.pointee.avail_out = UInt32(buffer.count - filled)
                let code = inflate(stream, Z_NO_FLUSH)
                position = bytes.count - Int(stream.pointee.avail_in)
                filled = buffer.count - Int(stream.pointee.avail_out)
                isComplete = code == Z_STREAM_END
                failed = code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR
            case .zstd(let stream):
                var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: position)
                var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: filled)
                let code = ZSTD_decompressStream(stream, &target, &source)
                position = source.pos
                filled = target.pos
                failed = ZSTD_isError(code) != 0
                if before != (position, filled) { isComplete = code == 0 }
            }
            if before == (position, filled), !(isComplete && position < bytes.count) { return filled }
        }
        return filled
    }
}
