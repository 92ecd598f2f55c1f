import CofferTestKit
import Crypto
import Sealing
import Testing

@testable import Job

/// For every shape, an honest t among any liars gives the right key.
@Suite("Partials")
struct PartialsTests {
    static let shapes = (1...7).flatMap { count in
        ((count / 2 + 1)...count).map { (threshold: $0, count: count) }
    }

    @Test("The right key is among the choices", arguments: shapes)
    func theRightKeyIsAmongTheChoices(threshold: Int, count: Int) throws {
        var generator = SeededGenerator()
        let shape = try GroupShape(name: "company", threshold: threshold, count: count)
        let root = SymmetricKey(size: .bits256)
        let roster = Hash256(of: [1])
        let consent = Hash256(of: [2])
        let x = Hash256(of: [3])
        let truth = shape.masks.map {
            ReplicatedPRF.partial(
                key: ReplicatedPRF.subKey(root: root, roster: roster, group: "company", mask: $0), x: x)
        }
        let right = ReplicatedPRF.pageKey(root: root, roster: roster, groups: [shape], consent: consent, x: x)
        for _ in 0..<8 {
            let honest = Set((0..<count).shuffled(using: &generator).prefix(threshold))
            var partials = Partials(groups: [shape])
            for broker in 0..<count {
                let lies = !honest.contains(broker)
                partials.add(
                    [
                        zip(shape.masks, truth).filter { $0.0 >> UInt16(broker) & 1 == 0 }.map { _, partial in
                            lies ? generator.bytes(32) : partial
                        }
                    ], group: 0, broker: broker)
            }
            let choices = partials.choices(position: 0)
            #expect(choices.contains([truth]), "\(generator)")
            #expect(ReplicatedPRF.combine([truth], consent: consent, x: x) == right)
            #expect(Set(partials.liars(position: 0, truth: [truth]).map(\.broker)).isDisjoint(with: honest))
            #expect(partials.liars(position: 0, truth: [truth]).count == count - threshold)
            if count > threshold { #expect(partials.disagree(position: 0)) }
        }
    }

    @Test("Fewer brokers than the threshold give nothing")
    func fewerThanTheThresholdGiveNothing() throws {
        let shape = try GroupShape(name: "company", threshold: 3, count: 5)
        var partials = Partials(groups: [shape])
        for broker in 0..<2 {
            partials.add(
                [shape.masks(heldBy: broker).map { _ in Bytes(repeating: 1, count: 32) }], group: 0, broker: broker)
            #expect(partials.choices(position: 0).isEmpty)
        }
    }
}
