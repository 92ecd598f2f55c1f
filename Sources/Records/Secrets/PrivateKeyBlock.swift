/// A private key in textual form: `-----BEGIN … PRIVATE KEY-----` or `… PRIVATE KEY BLOCK-----` (RFC 7468, RFC 9580).
enum PrivateKeyBlock {
    /// The longest block that is looked for, in bytes.
    static let maximumCount = 65_536
    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static let dashes = Array("-----".utf8)
    private static let label = Array("PRIVATE KEY".utf8)

    /// The block that begins here. One without an end reaches to the next quotation mark, or as far as a block may.
    static func range(at start: Int, in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard text.has(begin, at: start) else { return nil }
        guard let head = text.first(dashes, from: start + begin.count, within: 64),
            text.first(label, from: start + begin.count, within: 64).map({ $0 < head }) == true
        else { return nil }
        let limit = min(text.count, start + maximumCount)
        var position = head + dashes.count
        while position < limit, text[position] != UInt8(ascii: "\"") {
            if text[position] == UInt8(ascii: "-"), text.has(end, at: position) {
                return
                    start..<min(
                        limit, text.first(dashes, from: position + end.count, within: 64).map { $0 + 5 } ?? limit)
            }
            position += 1
        }
        return start..<position
    }
}

extension UnsafeBufferPointer<UInt8> {
    func has(_ part: [UInt8], at position: Int) -> Bool {
        guard count - position >= part.count else { return false }
        for i in part.indices where self[position + i] != part[i] { return false }
        return true
    }

    /// Where this part begins, at most so many bytes further on.
    func first(_ part: [UInt8], from start: Int, within distance: Int) -> Int? {
        guard start < count else { return nil }
        return (start..<Swift.min(count, start + distance)).first { has(part, at: $0) }
    }
}
