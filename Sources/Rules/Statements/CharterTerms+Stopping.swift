package import Sealing

extension CharterTerms.Group {
    /// How many of the group's brokers must obey a stop so that the others cannot evaluate anything: n − t + 1.
    package var stoppingCount: Int { Self.stoppingCount(brokers: brokers.count, threshold: threshold) }

    package static func stoppingCount(brokers: Int, threshold: Int) -> Int { brokers - threshold + 1 }

    /// Whether the brokers that signed receipts are enough that no threshold of the group can answer.
    package func isStopped(by receipts: Set<VerifyingKey>) -> Bool {
        brokers.count { receipts.contains($0.noteKey) } >= stoppingCount
    }
}
