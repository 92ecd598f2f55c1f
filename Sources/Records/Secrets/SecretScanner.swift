import Sealing

/// Looks through a text once, from its start to its end.
struct SecretScanner {
    private let knownShapes: Bool
    private let addresses: Bool
    private var found: [SecretFilter.Finding] = []

    init(knownShapes: Bool, addresses: Bool) {
        self.knownShapes = knownShapes
        self.addresses = addresses
    }

    mutating func scan(_ text: UnsafeBufferPointer<UInt8>) -> [SecretFilter.Finding] {
        found = []
        var position = 0
        var previous: UInt8 = 0
        while position < text.count {
            let byte = text[position]
            if knownShapes, let (range, shape) = known(byte, after: previous, at: position, in: text) {
                found.append(SecretFilter.Finding(range: range, shape: shape))
                position = range.upperBound
                previous = text[position - 1]
                continue
            }
            if addresses, byte == UInt8(ascii: "@"), let range = Self.address(around: position, in: text) {
                found.append(SecretFilter.Finding(range: range, shape: .address))
            }
            previous = byte
            position += 1
        }
        return found
    }

    private func known(
        _ byte: UInt8, after previous: UInt8, at position: Int, in text: UnsafeBufferPointer<UInt8>
    ) -> (Range<Int>, SecretShape)? {
        if byte == UInt8(ascii: "-") {
            return PrivateKeyBlock.range(at: position, in: text).map { ($0, .privateKey) }
        }
        // A secret begins where a word does.
        guard byte.isWord, !previous.isWord else { return nil }
        if byte.isDigit {
            return previous == UInt8(ascii: ".") ? nil : CardNumber.range(at: position, in: text).map { ($0, .card) }
        }
        if let (range, shape) = TokenForm.range(at: position, in: text) { return (range, shape) }
        return AccountNumber.range(at: position, in: text).map { ($0, .iban) }
    }

    /// The address around an `@`: the part before it, and a domain with a dot.
    private static func address(around sign: Int, in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var start = sign
        while start > 0, sign - start < 64, isLocal(text[start - 1]) { start -= 1 }
        var end = sign + 1
        var dot: Int?
        while end < text.count, end - sign < 255, text[end].isWord || [45, 46].contains(text[end]) {
            if text[end] == UInt8(ascii: "."), end + 1 < text.count, text[end + 1].isLetter { dot = end }
            end += 1
        }
        // A full stop after the address ends a sentence.
        while end > sign + 1, !text[end - 1].isWord { end -= 1 }
        guard start < sign, let dot, end - dot > 2 else { return nil }
        return start..<end
    }

    private static func isLocal(_ byte: UInt8) -> Bool { byte.isWord || "._%+-".utf8.contains(byte) }
}

extension UInt8 {
    var isDigit: Bool { (48...57).contains(self) }
    var isLetter: Bool { (65...90).contains(self) || (97...122).contains(self) }
    /// A letter, a digit or a low line of ASCII.
    var isWord: Bool { isDigit || isLetter || self == 95 }
    var uppercased: UInt8 { (97...122).contains(self) ? self - 32 : self }
}
