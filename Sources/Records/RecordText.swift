import Glibc
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
        var text = text
        let out = text.withUTF8 { encode(UnsafeRawBufferPointer($0)) }
        return String(decoding: out, as: UTF8.self)
    }

    private static func encode(_ bytes: UnsafeRawBufferPointer) -> Bytes {
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
        return out
    }

    /// The text that `encode` was given. A mark before any other character is kept.
    package static func decode(_ text: String) -> String {
        var text = text
        return text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            guard var next = lead(in: bytes, from: 0) else { return nil }
            // What is decoded is never longer than what it was.
            return String(unsafeUninitializedCapacity: bytes.count) { room in
                var out = Output(room: UnsafeMutableRawBufferPointer(room))
                var place = 0
                while true {
                    out.append(bytes[place..<next])
                    place = decode(bytes, at: next, into: &out)
                    guard let found = lead(in: bytes, from: place) else { break }
                    next = found
                }
                out.append(bytes[place...])
                return out.count
            }
        } ?? text
    }

    /// Bytes written one after the other into memory that has room for them.
    private struct Output {
        let room: UnsafeMutableRawBufferPointer
        private(set) var count = 0

        mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
            UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes))
            count += bytes.count
        }

        mutating func append(_ byte: UInt8) {
            room[count] = byte
            count += 1
        }
    }

    /// The place of the next byte that can begin a picture.
    private static func lead(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base + start, 0xe2, bytes.count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }

    /// Decodes the character that begins at this place, with what belongs to it. Returns the place after it.
    private static func decode(_ bytes: UnsafeRawBufferPointer, at place: Int, into out: inout Output) -> Int {
        guard let control = control(at: place, of: bytes) else {
            out.append(bytes[place])
            return place + 1
        }
        let after = place + 3
        guard control == mark else {
            out.append(control)
            return after
        }
        if after < bytes.count, bytes[after] == UInt8(ascii: "0") {
            out.append(mark)
            return after + 1
        }
        if Self.control(at: after, of: bytes) != nil {
            out.append(bytes[after..<after + 3])
            return after + 3
        }
        out.append(bytes[place..<after])
        return after
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 10 }

    /// U+2400 and the control character's number, in UTF-8.
    private static func picture(of control: UInt8) -> Bytes { [0xe2, 0x90, 0x80 | control] }

    /// The control character whose picture stands at this place; nil when none does.
    private static func control(at place: Int, of bytes: UnsafeRawBufferPointer) -> UInt8? {
        guard place + 2 < bytes.count, bytes[place] == 0xe2, bytes[place + 1] == 0x90, bytes[place + 2] < 0xa0 else {
            return nil
        }
        return bytes[place + 2] & 0x1f
    }
}
