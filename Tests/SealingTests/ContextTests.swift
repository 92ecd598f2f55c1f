import Testing

@testable import Sealing

@Suite("Many messages under one encapsulated key")
struct ContextTests {
    private let key: SealingPrivateKey
    private let info: Bytes

    init() throws {
        key = try SealingPrivateKey()
        info = HPKEInfo.statement(.asks, origin: "o", statement: Hash256(of: [1]), recipient: key.publicKey)
    }

    private func text(_ number: Int) -> Bytes { Bytes("message \(number)".utf8) }

    @Test("They open in the order of their sealing, each once")
    func inOrder() throws {
        var sender = try SealingContext(to: key.publicKey, info: info)
        let messages = try (0..<20).map { try sender.seal(text($0)) }
        #expect(Set(messages).count == 20)
        var recipient = try OpeningContext(sender.encapsulated, with: key, info: info)
        for (number, message) in messages.enumerated() {
            #expect(message.count == text(number).count + SealedBox.tagCount)
            #expect(try recipient.open(message) == text(number))
            // The same again, one before, and one that skips the next.
            for other in [number, number - 1, number + 2] where messages.indices.contains(other) {
                #expect(throws: SealingError.notAuthentic) { try recipient.open(messages[other]) }
            }
        }
    }

    @Test("What does not open changes nothing: the next message still opens")
    func junkChangesNothing() throws {
        var sender = try SealingContext(to: key.publicKey, info: info)
        var recipient = try OpeningContext(sender.encapsulated, with: key, info: info)
        for number in 0..<3 {
            let message = try sender.seal(text(number))
            for bit in 0..<8 {
                var bad = message
                bad[bit % bad.count] ^= 1 << UInt8(bit)
                #expect(throws: SealingError.notAuthentic) { try recipient.open(bad) }
            }
            #expect(throws: SealingError.notAuthentic) { try recipient.open(message.dropLast()) }
            #expect(throws: SealingError.malformed(.truncated)) { try recipient.open(message.prefix(15)) }
            #expect(try recipient.open(message) == text(number))
        }
    }

    @Test("The first message is a sealed box, and another context's messages do not open")
    func otherContexts() throws {
        var sender = try SealingContext(to: key.publicKey, info: info)
        let first = try sender.seal(text(0))
        #expect(try SealedBox.open(sender.encapsulated + first, with: key, info: info) == text(0))

        var same = try SealingContext(to: key.publicKey, info: info)
        var recipient = try OpeningContext(same.encapsulated, with: key, info: info)
        #expect(throws: SealingError.notAuthentic) { try recipient.open(first) }
        #expect(try recipient.open(try same.seal(text(0))) == text(0))

        let otherUse = HPKEInfo.statement(.answers, origin: "o", statement: Hash256(of: [1]), recipient: key.publicKey)
        var wrong = try OpeningContext(sender.encapsulated, with: key, info: otherUse)
        #expect(throws: SealingError.notAuthentic) { try wrong.open(first) }
        var other = try OpeningContext(sender.encapsulated, with: try SealingPrivateKey(), info: info)
        #expect(throws: SealingError.notAuthentic) { try other.open(first) }
        for count in [0, 1119, 1121] {
            let bytes = (sender.encapsulated + [0]).prefix(count)
            #expect(throws: SealingError.malformed(.outOfBounds)) {
                _ = try OpeningContext(bytes, with: key, info: info)
            }
        }
    }

    @Test("After their limit neither end takes another message")
    func limit() throws {
        var sender = try SealingContext(to: key.publicKey, info: info)
        var recipient = try OpeningContext(sender.encapsulated, with: key, info: info)
        for _ in 0..<SealedBox.messageLimit { #expect(try recipient.open(try sender.seal([1])) == [1]) }
        #expect(throws: SealingError.exhausted) { try sender.seal([1]) }
        #expect(throws: SealingError.exhausted) { try recipient.open(Bytes(repeating: 0, count: 17)) }
    }

    @Test("Nothing is sealed to a key that is no good")
    func badKey() throws {
        let bad = try SealingPublicKey(Bytes(repeating: 0xff, count: SealingPublicKey.count))
        #expect(throws: SealingError.keyUnusable) { _ = try SealingContext(to: bad, info: info) }
    }
}
