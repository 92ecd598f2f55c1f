import CofferTestKit
import Crypto
import Sealing
import Testing

@Suite("Partial evaluator")
struct PartialEvaluatorTests {
    /// What a broker evaluates page after page is HMAC(k_A, x), as the keyholder computes it.
    @Test("The function is HMAC-SHA-256")
    func isHMAC() throws {
        var random = SeededGenerator()
        for _ in 0..<20 {
            let key = SymmetricKey(data: random.bytes(32))
            let evaluator = PartialEvaluator(key)
            var partials = Bytes()
            var expected = Bytes()
            for _ in 0..<5 {
                let x = try Hash256(random.bytes(32))
                evaluator.append(x: x, to: &partials)
                expected += ReplicatedPRF.partial(key: key, x: x)
            }
            #expect(partials == expected, "\(random)")
        }
    }
}
