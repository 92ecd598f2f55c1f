extension CharterTerms.Group {
    /// How many of the group's brokers must obey a stop so that the others cannot evaluate anything: n − t + 1.
    package var stoppingCount: Int { Self.stoppingCount(brokers: brokers.count, threshold: threshold) }

    package static func stoppingCount(brokers: Int, threshold: Int) -> Int { brokers - threshold + 1 }
}
