import CofferTestKit
import Ledger
import Rules
import Sealing

/// Canonical JSON, entries and statements.
extension FuzzTarget {
    static let rules: [FuzzTarget] = [
        .parser("canonical-json", seeds: { json.map { Array($0.utf8) } }) { try CanonicalJSON(parsing: $0).encoded },
        .parser("entry", runs: 1000, seeds: { try Material.make().scenario.entries.suffix(1).map(\.encoded) }) {
            try Entry(parsing: $0).encoded
        },
        .parser("statement", runs: 10000, seeds: { try Material.make().statements.map(\.text) }) {
            try Statement(parsing: $0).content.text
        },
        FuzzTarget("signed-statement", seeds: { try Material.make().statements.suffix(6).map(\.encoded) }) {
            identify($0)
        },
    ]

    private static let json = [
        #"{"a":[0,1,9007199254740991],"b":{"c":true,"d":false},"e":"\"\\\n"}"#, #"[[[[[[[["deep"]]]]]]]]"#, #""K""#,
    ]

    /// Two notes of one identity have one text, no matter who signed them.
    private static func identify(_ bytes: Bytes) {
        guard let note = try? SignedNote(parsing: bytes), let statement = try? Statement(parsing: note.text) else {
            return
        }
        hold(statement.content.hash == note.hash, "a statement's identity is not its note's")
        hold(statement.content.text == note.text, "a statement is written in another way")
        hold(
            statement.isStopping == (statement.heading.until == nil), "a stopping statement has a time to be logged by")
    }
}
