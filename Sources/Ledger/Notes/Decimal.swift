import Sealing

/// ASCII decimals without leading zeros, as C2SP formats write sizes, indices and times: 0…2^63−1.
enum Decimal {
    static func parse(_ digits: some Collection<UInt8>) -> SaturatingUInt64? {
        guard let first = digits.first, digits.count <= 19, first != UInt8(ascii: "0") || digits.count == 1 else {
            return nil
        }
        var value: UInt64 = 0
        for digit in digits {
            guard case 48...57 = digit else { return nil }
            value = value * 10 + UInt64(digit - 48)
        }
        return value <= UInt64(Int64.max) ? SaturatingUInt64(rawValue: value) : nil
    }

    static func parse(_ digits: some StringProtocol) -> SaturatingUInt64? { parse(Array(digits.utf8)) }
}

/// One hash a line, as proofs are written: 44 characters of base64.
enum HashLine {
    static func parse(_ line: some Collection<UInt8>) -> Hash256? {
        guard line.count == 44, let text = String(validating: Array(line), as: UTF8.self),
            let bytes = try? Base64.decode(text)
        else { return nil }
        return try? Hash256(bytes)
    }

    static func encode(_ hash: Hash256) -> Bytes { Array(Base64.encode(hash.bytes).utf8) + [10] }
}
