import Sealing

/// Percent-encoding as in URLs (RFC 3986).
enum PercentEncoding {
    /// The text with every `%` and its two digits as one byte; nil if it is not UTF-8 then, or holds a zero byte.
    static func decoded(_ text: some StringProtocol) -> String? {
        var bytes = Bytes()
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let high = digit(digits[digits.startIndex]), let low = digit(digits.last ?? 0),
                high | low != 0
            else { return nil }
            bytes.append(high << 4 | low)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
