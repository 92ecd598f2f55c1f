import CofferTestKit
import Foundation
import Ledger
import Rules
import Sealing

/// Amendments that give the ledger one key after the other, and the witness north's place to east.
struct AmendedLedger {
    var scenario = Scenario()
    /// The charter's terms, then each amendment's.
    let terms: [CharterTerms]
    let first: Amend
    let second: Amend

    init(change: (inout CharterTerms) -> Void = { _ in }) {
        scenario = Scenario(change: change)
        var one = scenario.terms
        one.ledgerKey = Scenario.publicKey("ledger-2")
        one.witnesses = [Scenario.witness("east")]
        var two = one
        two.ledgerKey = Scenario.publicKey("ledger-3")
        first = scenario.amend(one)
        second = scenario.amend(two, amends: first.hash)
        terms = [scenario.terms, one, two]
    }

    static let cosigners = ["cosigner acme-1", "cosigner acme-2", "cosigner council-1"]

    /// An amendment's note, signed by everyone but these.
    func note(_ amend: Amend, without: Set<String> = []) throws -> SignedNote {
        let place = amend.hash == first.hash ? 1 : 2
        let signers =
            Scenario.names(signing: terms[place - 1]) + (place == 1 ? ["ledger-2"] : ["ledger-2", "ledger-3"])
        return try SignedNote(parsing: Scenario.note(amend, by: signers.filter { !without.contains($0) }))
    }

    /// A checkpoint whose root this number determines.
    static func checkpoint(
        _ size: UInt64, _ root: UInt8, by signer: String, cosigners: [String] = Self.cosigners,
        at seconds: Seconds = 100
    ) throws -> SignedNote {
        try Scenario.checkpoint(
            size: size, root: Hash256(of: [root]), cosigners: cosigners, signer: signer, seconds: seconds)
    }

    /// A file of two checkpoints, with amendments, as text that a test can change.
    static func file(_ a: SignedNote, _ b: SignedNote, _ amendments: [SignedNote]) -> Bytes {
        Array("Evidence\n\n==== the head that was known ====\n".utf8) + a.encoded
            + Array("\n==== the other head ====\n".utf8) + b.encoded
            + amendments.flatMap { Array("\n==== an amendment ====\n".utf8) + $0.encoded }
    }
}
