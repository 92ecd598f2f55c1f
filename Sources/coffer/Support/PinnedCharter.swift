import Client
import Files
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// The pin and the signed charter that it names, written once at `init`.
struct PinnedCharter: Sendable {
    let pin: Pin
    let charter: CharterFile

    /// Throws with this hint if none is pinned.
    static func read(home: Home, orElse hint: String = "Run `coffer init` first.") throws(CofferError) -> PinnedCharter
    {
        guard let stored = try DurableFile.read(home.pins, atMost: 4096), let text = try charterText(home: home) else {
            throw CofferError(.configuration, "No charter is pinned here.", hint: hint)
        }
        let charter = try CharterFile(parsing: text)
        guard let pin = try? Pin(parsing: stored), pin.charterHash == charter.hash, pin.origin == charter.pin.origin
        else {
            throw CofferError(
                .tampering, "The stored charter is not the pinned one.", rule: "pin",
                hint: "Compare the pin with your recovery sheet.")
        }
        return PinnedCharter(pin: pin, charter: charter)
    }

    /// The signed charter's bytes: stored at pinning, or after a restore entry 0 of the followed log.
    private static func charterText(home: Home) throws(CofferError) -> Bytes? {
        if let text = try DurableFile.read(home.charter, atMost: 1 << 20) { return text }
        guard DurableFile.exists(home.ledgerDatabase) else { return nil }
        let first = try LedgerDatabase(path: LedgerCopy.current(home.ledgerDatabase)).entries(from: 0, count: 1).first
        return first.flatMap { try? Entry(parsing: $0).note }
    }

    /// Pins a charter. Throws if another charter is already pinned.
    static func write(_ charter: CharterFile, home: Home) throws(CofferError) {
        if DurableFile.exists(home.pins) {
            guard try read(home: home).pin.charterHash == charter.hash else { throw anotherPin }
            return
        }
        try DurableFile.write(charter.note.encoded, to: home.charter)
        try DurableFile.write(charter.pin.encoded, to: home.pins)
    }

    static let anotherPin = CofferError(
        .tampering, "This machine has already pinned another charter.", rule: "charter.pin",
        hint: "A pin never changes; amendments are in the ledger. Ask who gave you this charter.")

    /// Whether this is a demo charter, which lets the agent's clock be set back.
    var isDemo: Bool { charter.charter.terms.demo }

    /// The ledger's URL in COFFER_LEDGER.
    static var namedLedger: String? {
        let named = ProcessInfo.processInfo.environment["COFFER_LEDGER"] ?? ""
        return named.isEmpty ? nil : named
    }

    /// The URL in COFFER_LEDGER, else the one at pinning.
    static func ledgerURL(_ pin: Pin) -> String { address(pin).url }

    private static func address(_ pin: Pin) -> LedgerAddress { LedgerAddress(pin, named: namedLedger) }

    /// Follows the ledger into `ledger.db`, from the ledger's server or from any broker; each serves all entries.
    /// Without a broker state to start from, it stores every entry.
    func follower(home: Home, start: TrustedBootstrap? = nil) throws(CofferError) -> Follower {
        Follower(
            of: pin, in: FollowerStorage(home: home, charter: pin.charterHash),
            from: Self.address(pin).sources(charter.terms), start: start, now: Now.milliseconds)
    }

    /// The ledger as it was last followed; its URL is COFFER_LEDGER if set.
    func ledger(_ state: LedgerState?) -> LedgerClient { Self.address(pin).client(state) }
}
