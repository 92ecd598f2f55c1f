package import Ledger
package import Replica
import Rules
package import Sealing

/// Entries under a checkpoint. A `ServedLog` serves them.
package struct SignedLog: Sendable {
    package let entries: [Bytes]
    package let checkpoint: SignedNote
    package let pin: Pin

    /// The first `size` entries of a scenario, signed by the ledger and these cosigners one second after the last.
    package init(
        _ scenario: Scenario, cosigners: [String] = Scenario.usualCosigners, signer: String = "ledger",
        size: Int? = nil
    ) throws {
        entries = scenario.entries.prefix(size ?? scenario.entries.count).map(\.encoded)
        checkpoint = try scenario.checkpoint(
            size: size, at: (scenario.entries.last?.stamp ?? 0) + 1_000, cosigners: cosigners, signer: signer)
        pin = Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: "http://ledger.example")
    }

    private init(entries: [Bytes], checkpoint: SignedNote, pin: Pin) {
        self.entries = entries
        self.checkpoint = checkpoint
        self.pin = pin
    }

    /// The same entries under another checkpoint.
    package func with(_ checkpoint: SignedNote) -> SignedLog {
        SignedLog(entries: entries, checkpoint: checkpoint, pin: pin)
    }
}

extension ServedLog {
    package convenience init(_ log: SignedLog) {
        self.init()
        serve(log)
    }

    /// From now on this log; without one it is down.
    package func serve(_ log: SignedLog?) {
        if let log { serve(log.entries, checkpoint: log.checkpoint) }
        isDown = log == nil
    }
}
