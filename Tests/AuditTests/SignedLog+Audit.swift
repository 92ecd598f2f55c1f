import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing

@testable import Audit

extension SignedLog {
    var auditor: Auditor { Auditor(pin: pin, source: ServedLog(self)) }

    /// The log's files; the caller removes the folder.
    func files() throws -> TileDirectory {
        let directory = TileDirectory(path: NSTemporaryDirectory() + "coffer-audit-\(UUID().uuidString)")
        var edge = TileEdge()
        for start in stride(from: 0, to: entries.count, by: 256) {
            try directory.write(edge.append(Array(entries[start..<min(start + 256, entries.count)])))
        }
        try directory.publish(checkpoint: checkpoint.encoded)
        return directory
    }
}

extension Scenario {
    /// A release of these pages, and the week's index, of each person.
    mutating func read(_ programme: Programme, _ people: [String], pages: [Int]) throws -> Verdict {
        let week = PageID.week(Day(of: now - 86_400_000).monday)
        let ids = Dictionary(
            uniqueKeysWithValues: people.compactMap { name in
                programme.consents[name].map { ($0, [week] + pages.map(Scenario.page)) }
            })
        return submit(try release(programme.grant, ids), by: ["job"])
    }
}
