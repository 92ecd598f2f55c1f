import Foundation
import Ledger
import Replica
import Rules
import Sealing

/// The terms that an amendment amends.
struct TermsInForce {
    let charter: CharterFile

    /// The hash of the terms that somebody named by a file, a hash or the first digits of one; of those in force in the
    /// followed ledger, if they named nothing.
    func hash(_ named: String?) async throws -> Hash256 {
        guard let named else { return try await followed() }
        if let hash = try? Hash256(hex: named) { return hash }
        if FileManager.default.fileExists(atPath: named) { return try hash(ofFile: named) }
        guard (4..<64).contains(named.utf8.count), named.utf8.allSatisfy(Self.isDigit) else {
            throw CofferError(
                .usage, "--amends takes the file of a charter or an amendment, or four digits of its hash at least.")
        }
        if charter.hash.hex.hasPrefix(named) { return charter.hash }
        let known = await FollowedLedger(charter: charter).newest()?.state.charters ?? []
        let found = Set(known.map(\.hash)).filter { $0.hex.hasPrefix(named) }
        guard let hash = found.first, found.count == 1 else {
            throw CofferError(
                .notFound,
                "The ledger as followed here has no single charter or amendment whose hash begins with \(named).",
                hint: "Name the amendment's file, or its whole hash.")
        }
        return hash
    }

    private func hash(ofFile path: String) throws -> Hash256 {
        let file = try NoteFile(readingFrom: path)
        switch try file.statement() {
        case .charter, .amend: return file.note.hash
        case let other:
            throw CofferError(
                .usage, "\(path) is a note of the type \(other.type), not a charter or an amendment.",
                rule: "charter.format")
        }
    }

    private func followed() async throws -> Hash256 {
        let ledger = await FollowedLedger(charter: charter)
        do throws(CofferError) {
            if let hash = try await ledger.state().termsHash(at: Now.milliseconds()) { return hash }
        } catch {
            if error.code == .tampering { throw error }
            throw CofferError(
                .tryLater, "The terms in force are not known: \(error.message)", rule: error.rule,
                hint: "Try again, or name the charter's or the newest amendment's file with --amends.")
        }
        return charter.hash
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
