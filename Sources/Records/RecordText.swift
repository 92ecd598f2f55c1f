import Sealing

/// Writes any text as a string of canonical JSON, which allows no control character except the newline.
///
/// Terminal output is full of control characters, so each is written as its picture: U+0000…U+001F as U+2400…U+241F;
/// only the newline stays. The picture of DLE, U+2410, is the escape mark: `␐0` is DLE itself, and a picture that was
/// in the original text has the mark before it. So decoding gives the original text, and a shown record cannot control
/// the terminal.
package enum RecordText {
    /// DLE, whose picture is the escape mark.
    private static let mark: UInt8 = 0x10

    package static func encode(_ text: String) -> String {
        // 0xe2 begins every picture in UTF-8.
        guard text.utf8.contains(where: { isControl($0) || $0 == 0xe2 }) else { return text }
        let bytes = Array(text.utf8)
        var out = Bytes()
        out.reserveCapacity(bytes.count + bytes.count / 4)
        for (place, byte) in bytes.enumerated() {
            if isControl(byte) {
                out += picture(of: byte)
                if byte == mark { out.append(UInt8(ascii: "0")) }
            } else {
                if control(at: place, of: bytes) != nil { out += picture(of: mark) }
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The text that `encode` was given. A mark before any other character is kept.
    package static func decode(_ text: String) -> String {
        guard text.utf8.contains(0xe2) else { return text }
        let bytes = Array(text.utf8)
        var out = Bytes()
        out.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            guard let control = control(at: place, of: bytes) else {
                out.append(bytes[place])
                place += 1
                continue
            }
            place += 3
            if control != mark {
                out.append(control)
            } else if place < bytes.count, bytes[place] == UInt8(ascii: "0") {
                out.append(mark)
                place += 1
            } else if Self.control(at: place, of: bytes) != nil {
                out += bytes[place..<place + 3]
                place += 3
            } else {
                out += picture(of: mark)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 10 }

    /// U+2400 and the control character's number, in UTF-8.
    private static func picture(of control: UInt8) -> Bytes { [0xe2, 0x90, 0x80 | control] }

    /// The control character whose picture stands at this place; nil when none does.
    private static func control(at place: Int, of bytes: Bytes) -> UInt8? {
        guard place + 2 < bytes.count, bytes[place] == 0xe2, bytes[place + 1] == 0x90, bytes[place + 2] < 0xa0 else {
            return nil
        }
        return bytes[place + 2] & 0x1f
    }
}
