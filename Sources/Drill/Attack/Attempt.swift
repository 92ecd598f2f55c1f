import Sealing

/// One attempt to read with one part withheld, or with none.
package struct Attempt: Hashable, Sendable {
    /// The part that the attacker did not get.
    package let withheld: String
    /// How it was tried.
    package let how: String
    /// Pages and segments that opened.
    package let opened: Int
    /// Samples that came out.
    package let samples: Int
    /// The rule or reason that stopped it.
    package let stopped: String

    package init(withheld: String, how: String, opened: Int, samples: Int = 0, stopped: String) {
        self.withheld = withheld
        self.how = how
        self.opened = opened
        self.samples = samples
        self.stopped = stopped
    }

    init(withheld: String, how: String, failure: CofferError) {
        self.init(
            withheld: withheld, how: how, opened: 0,
            stopped: failure.rule.map { "\($0): \(failure.message)" } ?? failure.message)
    }
}
