import CofferTestKit
import Foundation
import Testing

@testable import Sealing

/// What is found eight bytes at a time is what is found one by one.
@Suite("Fast reading of JSON")
struct PlainTextTests {
    private func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x22 && byte != 0x5c }

    @Test("The first byte with an escape is found, at every place and among every other")
    func first() {
        var generator = SeededGenerator()
        for byte in UInt8.min...UInt8.max {
            for length in [1, 7, 8, 9, 23, 64] {
                let around = (0..<length).map { _ in UInt8.random(in: 0x5d...0xff, using: &generator) }
                for place in 0..<length {
                    var bytes = around
                    bytes[place] = byte
                    #expect(PlainText.count(in: bytes.span) == (isPlain(byte) ? length : place), "\(generator)")
                }
            }
        }
        for _ in 0..<2000 {
            let bytes = generator.bytes(Int.random(in: 0...40, using: &generator))
            let wanted = bytes.firstIndex { !isPlain($0) } ?? bytes.count
            #expect(PlainText.count(in: bytes.span) == wanted, "\(generator)")
        }
    }

    @Test("An object that is only checked is refused for the same reason as one that is parsed")
    func checked() throws {
        var generator = SeededGenerator()
        let objects = [
            #"{"a":1,"b":[true,false,"x\\n\n\"é"],"c":{"d":{},"e":[]}}"#, #"{"type":"output","text":"─ ␛[1m’"}"#,
            "{" + (0..<30).map { "\"n\($0)\":\($0)" }.joined(separator: ",") + "}", #"{"a":1,"a":2}"#, "[1]", "1",
            String(repeating: #"{"a":"#, count: 20) + "1" + String(repeating: "}", count: 20), "{}", "{}}", "",
            #"{"a":"\u0041"}"#, #"{"a":01}"#, #"{"a":9007199254740992}"#, "{\"a\":\"\t\"}", #"{"a":tru}"#,
        ]
        let marks = Array("{}[]\",:\\n01tfe".utf8) + [0x09, 0xff, 0xc3, 0xe2]
        for object in objects {
            for turn in 0..<400 {
                var bytes = Array(object.utf8)
                for _ in 0..<min(turn, 2) where !bytes.isEmpty {
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[place] = marks.randomElement(using: &generator) ?? 0
                }
                let parsed = Result { () throws(FormatError) in
                    guard case .object = try CanonicalJSON(parsing: bytes) else { throw .notCanonical }
                }
                let checked = Result { () throws(FormatError) in try CanonicalJSON.checkObject(bytes) }
                let said = "\(String(decoding: bytes, as: UTF8.self)), \(generator)"
                if bytes.first == UInt8(ascii: "{") {
                    #expect(failure(parsed) == failure(checked), "\(said)")
                } else {
                    #expect(failure(checked) == .notCanonical, "\(said)")
                }
            }
        }
    }

    private func failure(_ result: Result<Void, FormatError>) -> FormatError? {
        if case .failure(let error) = result { return error }
        return nil
    }

    @Test("Base64 of every length is Foundation's")
    func base64() throws {
        var generator = SeededGenerator()
        for count in 0...70 {
            let bytes = generator.bytes(count)
            #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString(), "\(generator)")
            #expect(try Base64.decode(Base64.encode(bytes)) == bytes, "\(generator)")
        }
    }
}
