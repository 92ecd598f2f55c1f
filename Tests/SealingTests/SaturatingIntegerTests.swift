import Sealing
import Testing

@Suite("Numbers that saturate")
struct SaturatingIntegerTests {
    /// Where arithmetic of machines and formats ends.
    static let extremes: [UInt64] = [
        0, 1, 1 << 31, 1 << 32, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, .max,
    ]

    /// What the exact result is, cut to what there is.
    private static func cut(_ exact: Int128) -> UInt64 { UInt64(clamping: exact) }

    @Test("Sums, differences, products and quotients of extreme numbers are the nearest there are", arguments: extremes)
    func extremeNumbers(a: UInt64) {
        let x = SaturatingUInt64(rawValue: a)
        for b in Self.extremes {
            let y = SaturatingUInt64(rawValue: b)
            #expect((x + y).rawValue == Self.cut(Int128(a) + Int128(b)))
            #expect((x - y).rawValue == Self.cut(Int128(a) - Int128(b)))
            let (product, overflows) = a.multipliedReportingOverflow(by: b)
            #expect((x * b).rawValue == (overflows ? .max : product) && x * b == b * x)
            #expect((x / b).rawValue == (b == 0 ? .max : a / b) && x / y == (x / b).rawValue)
            #expect((x % y).rawValue == (b == 0 ? a : a % b))
            #expect((x < y) == (a < b) && (x == y) == (a == b))
        }
        #expect(x * -1 == 0 && x / -1 == .max)
        #expect(Int(clamping: x) == Int(clamping: a) && Int(exactly: x) == Int(exactly: a))
        #expect(UInt32(clamping: x) == UInt32(clamping: a) && UInt32(exactly: x) == UInt32(exactly: a))
        #expect(x.description == String(a))
    }

    @Test("Seconds become milliseconds and milliseconds whole seconds", arguments: extremes)
    func units(a: UInt64) {
        let milliseconds = Milliseconds(Seconds(rawValue: a))
        #expect(milliseconds.rawValue == Self.cut(Int128(a) * 1_000))
        #expect(Seconds(Milliseconds(rawValue: a)).rawValue == a / 1_000)
        #expect(Duration(Milliseconds(rawValue: a)) == .milliseconds(Int64(clamping: a)))
        #expect(CivilTime(milliseconds).year >= 1970)
    }

    @Test("Numbers of other types become the nearest there is")
    func clamping() {
        #expect(Milliseconds(clamping: -1) == 0 && Milliseconds(clamping: Int128.max) == .max)
        #expect(Milliseconds(clamping: -0.5) == 0 && Milliseconds(clamping: 1.9) == 1)
        #expect(Milliseconds(clamping: Double.nan) == 0 && Milliseconds(clamping: -Double.infinity) == 0)
        #expect(Milliseconds(clamping: 0x1p64) == .max && Milliseconds(clamping: Double.infinity) == .max)
        #expect(Milliseconds(clamping: 0x1.fffffffffffffp63).rawValue == UInt64.max - 2_047)
    }

    @Test("A day is the one that a time falls in, however late")
    func days() {
        for time in Self.extremes.map(Milliseconds.init(rawValue:)) {
            let day = Day(of: time)
            #expect(day.start <= time && (day == .max || time - day.start < millisecondsPerDay))
        }
    }

    @Test("Bytes and JSON hold the same number", arguments: extremes)
    func encoding(a: UInt64) throws {
        var (plain, timed) = (ByteWriter(), ByteWriter())
        for _ in 0..<3 { plain.u64(a) }
        timed.milliseconds(Milliseconds(rawValue: a))
        timed.seconds(Seconds(rawValue: a))
        timed.number(SaturatingUInt64(rawValue: a))
        #expect(plain.bytes == timed.bytes)
        var reader = ByteReader(timed.bytes)
        #expect(try reader.milliseconds().rawValue == a && reader.seconds().rawValue == a && reader.u64() == a)
        let json = CanonicalJSON.object([.init("a", .milliseconds(Milliseconds(rawValue: a))), .init("b", .integer(a))])
        #expect(String(decoding: json.encoded, as: UTF8.self) == #"{"a":\#(a),"b":\#(a)}"#)
    }
}
