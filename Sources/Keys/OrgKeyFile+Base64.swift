import Crypto
import Glibc

/// Base64 of the 32-byte seed, straight between wiped buffers: 43 characters and one `=`.
extension OrgKeyFile {
    private static func character(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: value + 65
        case 26..<52: value + 71
        case 52..<62: value - 4
        case 62: 43
        default: 47
        }
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 65...90: character - 65
        case 97...122: character - 71
        case 48...57: character + 4
        case 43: 62
        case 47: 63
        default: nil
        }
    }

    static func encode(_ seed: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) {
        for i in 0..<43 {
            // The i-th group of six bits; zeros follow the last bit.
            let bit = i * 6
            let high = UInt16(seed[bit / 8]) << 8
            let low = bit / 8 + 1 < seed.count ? UInt16(seed[bit / 8 + 1]) : 0
            out[i] = character(UInt8((high | low) >> UInt16(10 - bit % 8) & 63))
        }
        out[43] = UInt8(ascii: "=")
    }

    /// Nil unless it is the one canonical encoding of 32 bytes.
    static func decode(_ text: UnsafeRawBufferPointer) -> SymmetricKey? {
        guard text.count == 44, text[43] == UInt8(ascii: "=") else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 33, alignment: 1) { seed in
            defer { if let base = seed.baseAddress { explicit_bzero(base, seed.count) } }
            seed.initializeMemory(as: UInt8.self, repeating: 0)
            for i in 0..<43 {
                guard let value = value(text[i]) else { return nil }
                let bit = i * 6
                let placed = UInt16(value) << UInt16(10 - bit % 8)
                seed[bit / 8] |= UInt8(placed >> 8)
                seed[bit / 8 + 1] |= UInt8(placed & 255)
            }
            guard seed[32] == 0 else { return nil }
            return SymmetricKey(data: UnsafeRawBufferPointer(rebasing: seed[..<32]))
        }
    }
}
