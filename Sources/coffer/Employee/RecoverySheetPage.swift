import Files
import Foundation
import Replica
import Sealing

/// The recovery sheet as a page of text: the groups to write down, and the pin.
enum RecoverySheetPage {
    static func text(_ seed: borrowing IdentitySeed, pin: Pin) -> String {
        let groups = RecoverySheet.groups(of: seed)
        let lines = stride(from: 0, to: groups.count, by: 6).map { start in
            "    " + groups[start..<min(start + 6, groups.count)].joined(separator: "  ")
        }
        return """
            COFFER RECOVERY SHEET
            Whoever holds these groups can read everything you recorded. Write them on paper and keep it apart from
            the laptop. Each group ends in a check character, so that a typo names its group.

            \(lines.joined(separator: "\n"))

            origin   \(pin.origin)
            charter  \(pin.charterHash.hex)
            ledger   \(pin.ledgerURL)

            """
    }

    /// Checks that a sheet can be written to this file, before anything else is done.
    static func requireFree(_ path: String?) throws(CofferError) {
        guard let path else { return }
        guard !DurableFile.exists(path) else { throw exists(path) }
        // As a trial, so that a directory that cannot be written is found now.
        let trial = path + ".trial"
        try DurableFile.write([], to: trial)
        try DurableFile.remove(trial)
    }

    static func write(_ seed: borrowing IdentitySeed, pin: Pin, to path: String?) throws {
        guard let path else { return }
        guard try DurableFile.write(Array(text(seed, pin: pin).utf8), to: path, existing: .keep) else {
            throw exists(path)
        }
    }

    /// Writes the sheet, then does what gives it its identity. If that fails, the sheet is removed again: it would be
    /// that of an identity which does not exist.
    static func write(_ seed: borrowing IdentitySeed, pin: Pin, to path: String?, before body: () throws -> Void) throws
    {
        try write(seed, pin: pin, to: path)
        do { try body() } catch {
            if let path { try? DurableFile.remove(path) }
            throw error
        }
    }

    private static func exists(_ path: String) -> CofferError {
        CofferError(.usage, "The file \(path) already exists.", hint: "Name another file for the sheet.")
    }

    /// Shows the sheet on a terminal only, while a running agent discards the screen.
    static func show(_ seed: borrowing IdentitySeed, pin: Pin, home: Home, output: OutputOptions) async throws {
        guard isatty(STDOUT_FILENO) == 1, !output.json, let terminal = Terminal() else {
            output.talk("The recovery sheet is shown on a terminal only: run `coffer key backup` on a terminal soon.")
            return
        }
        let page = text(seed, pin: pin)
        try await AgentPrompt.whileDiscarding(home: home) {
            _ = try terminal.page(page + "Press Return when you have written it down; then the screen is cleared.\n") {
                terminal.line()
            }
        }
    }

    /// Parses the groups, and the pin if the sheet's lower lines are given.
    static func parse(_ text: String) -> (groups: String, pin: Pin?) {
        var groups: [String] = []
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.count == 2, ["origin", "charter", "ledger"].contains(words[0]) {
                fields[words[0]] = words[1]
            } else if !words.isEmpty, words.allSatisfy({ $0.count == 4 || words.count == 1 }),
                words.joined().allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
            {
                groups += words
            }
        }
        var pin: Pin?
        if let origin = fields["origin"], let charter = fields["charter"], let ledger = fields["ledger"],
            let hash = try? Hash256(hex: charter)
        {
            pin = Pin(origin: origin, charterHash: hash, ledgerURL: ledger)
        }
        return (groups.joined(separator: " "), pin)
    }
}
