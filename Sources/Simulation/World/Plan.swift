import CofferTestKit
import Sealing

/// The faults of a run. Each seed enables only some of them, so that one does not hide another.
struct Plan: Sendable {
    /// Probabilities in percent, of a message or of a step.
    var lost = 0
    var duplicated = 0
    var stale = 0
    /// How many of a hundred answers to an append come from someone else than the ledger.
    var forgedAnswers = 0
    var crashes = 0
    var oldDisks = 0
    var diskFaults = 0
    var clockJumps = 0
    var partitions = 0
    /// Whether the time server of the ledger and of most cosigners is once wrong, by years.
    var wrongTimeServer = false
    /// Whether the ledger leaves stopping statements out, and whether it may show several histories.
    var censors = false
    var forks = false
    /// Brokers that answer anyone and may lie: fewer than t in one group at least.
    var liars: Set<String> = []
    /// Cosigners that sign any checkpoint: fewer than a quorum.
    var falseWitnesses: Set<String> = []
    /// Whether the setup is complete before the first fault.
    var calmSetup = true
    /// The number of steps before the first stop.
    var stepsBeforeStops = 0
    var steps = 0
    /// The consents' review windows.
    var window: Milliseconds = 3_600_000
    /// The number of ids per day.
    var grantBudget: SaturatingUInt64 = 4
    var purposeBudget: SaturatingUInt64 = 6

    init(_ random: inout SeededGenerator) {
        steps = 30 + random.below(30)
        stepsBeforeStops = random.below(24)
        calmSetup = !random.oneIn(4)
        if random.oneIn(2) { lost = 2 + random.below(12) }
        if random.oneIn(2) { duplicated = 2 + random.below(12) }
        if random.oneIn(3) { stale = 5 + random.below(20) }
        if random.oneIn(3) { forgedAnswers = 10 + random.below(40) }
        if random.oneIn(2) { crashes = 1 + random.below(5) }
        if random.oneIn(3) { oldDisks = 10 + random.below(40) }
        if random.oneIn(3) { diskFaults = 1 + random.below(4) }
        if random.oneIn(3) { clockJumps = 1 + random.below(4) }
        wrongTimeServer = clockJumps > 0 && random.oneIn(6)
        if random.oneIn(2) { partitions = 1 + random.below(5) }
        censors = random.oneIn(5)
        forks = random.oneIn(3)
        if random.oneIn(3) {
            liars = random.pick([["acme-1"], ["council-1"], ["acme-2", "council-1"], ["acme-1", "acme-3"]]) ?? []
        }
        if random.oneIn(3) {
            falseWitnesses = [random.pick(Cast.cosigners) ?? Cast.witness]
            if random.oneIn(3) { falseWitnesses.insert(random.pick(Cast.cosigners) ?? Cast.witness) }
        }
        window = random.pick([1, 1, 1, 12, 13, 14, 37]).map { Milliseconds(clamping: $0 * 3_600_000) } ?? window
        grantBudget = random.pick([3, 4, 5, 8, 20]) ?? 4
        purposeBudget = grantBudget + SaturatingUInt64(clamping: random.below(4))
    }
}
