extension CharterTerms.Group {
    /// How many of its brokers must obey a stop so that the rest cannot evaluate anything: n − t + 1.
    package var stoppingCount: Int { brokers.count - threshold + 1 }
}
