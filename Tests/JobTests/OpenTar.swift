import Sealing
import Testing

/// A tar as a strict reader sees it.
struct OpenTar {
    var members: [(name: String, bytes: Bytes)] = []
    var hasTrailer = false
    /// Whether the bytes end inside a member.
    var endsInMember = false

    /// The members without the manifest.
    var samples: [(name: String, bytes: Bytes)] { members.filter { $0.name != "__manifest__" } }

    init(_ bytes: Bytes) throws {
        var at = 0
        while at + 512 <= bytes.count {
            let header = bytes[at..<at + 512]
            if header.allSatisfy({ $0 == 0 }) {
                hasTrailer = bytes[at...].count >= 1024 && bytes[at...].allSatisfy { $0 == 0 }
                return
            }
            let name = String(decoding: header.prefix(100).prefix { $0 != 0 }, as: UTF8.self)
            let digits = String(decoding: header[(at + 124)..<(at + 135)], as: UTF8.self)
            let count = try #require(Int(digits, radix: 8))
            let sum = String(decoding: header[(at + 148)..<(at + 154)], as: UTF8.self)
            let expected = header.enumerated().reduce(0) {
                $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element))
            }
            #expect(Int(sum, radix: 8) == expected)
            at += 512
            let padded = (count + 511) / 512 * 512
            guard at + padded <= bytes.count else {
                endsInMember = true
                return
            }
            members.append((name, Array(bytes[at..<at + count])))
            at += padded
        }
        endsInMember = at < bytes.count
    }
}
