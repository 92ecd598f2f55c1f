import Foundation
import Testing

/// Where numbers from outside are kept, they have a type whose arithmetic neither traps nor wraps: a raw integer there
/// is one addition away from an end of the process that somebody else chooses.
@Suite("Numbers from outside")
struct OutsideNumbersTests {
    /// Statements, checkpoints, proofs, tiles and messages.
    private static let directories = [
        "Sources/Rules/Statements/", "Sources/Rules/Statement.swift", "Sources/Rules/Entry.swift",
        "Sources/Ledger/Checkpoints/", "Sources/Ledger/Proofs/", "Sources/Ledger/Witness/", "Sources/Ledger/Tiles/",
        "Sources/Messages/",
    ]

    private static let raw: Set = ["Int", "Int32", "Int64", "UInt", "UInt16", "UInt32", "UInt64"]

    /// Properties that may be raw, each with its reason.
    private static let exceptions = [
        "CharterTerms.swift threshold": "Read as at most 255.",
        "CharterTerms.swift reviewQuorum": "Read as at most 64.",
        "CharterTerms.swift resumeQuorum": "Read as at most 64.",
        "CheckpointPolicy.swift quorum": "Half the cosigners, or a threshold that is read as at most 1,024.",
        "WitnessPolicy.swift threshold": "Read as at most 1,024.",
        "PolicyError.swift line": "Counted here.",
        "Witness.swift status": "A status that this program answers.",
        "TilePath.swift level": "Checked to be at most 63 when a path is made.",
        "TilePath.swift index": "Divided only; a sum while it is parsed is checked.",
        "TilePath.swift width": "Checked to be at most 256 when a path is made.",
        "TileEdge.swift size": "Counted here.",
        "TileDirectory.swift size": "The size of a tree whose tiles are read.",
        "TileDirectory.swift level": "A level of a tree whose tiles are read.",
        "TileDirectory.swift index": "A place in a tree whose tiles are read.",
        "AskPosition.swift at": "Read as a u32, which every Int holds.",
        "AppendAnswer.swift index": "What the decoder hands on.",
        "AppendAnswer.swift time": "What the decoder hands on.",
        "AppendAnswer.swift size": "What the decoder hands on.",
        "BrokerStatus.swift size": "Made here and never read.",
        "BrokerStatus.swift answers": "Made here and never read.",
        "BrokerStatus.swift subKeys": "Made here and never read.",
        "ErrorReply.swift code": "Compared with the codes that there are.",
        "ErrorReply.swift entry": "Shown only.",
        "ErrorReply.swift position": "Shown only.",
        "HTTPTransport.swift status": "What the HTTP library has parsed.",
    ]

    /// The stored properties of a raw integer type: file and name.
    private static func findings(in files: [Tree.File]) -> [String] {
        files.flatMap { file -> [String] in
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            return SwiftSource(file).declarations.compactMap { word in
                guard let type = storedType(of: word.text, in: String(lines[word.line - 1])),
                    type.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).contains(where: {
                        raw.contains(String($0))
                    })
                else { return nil }
                return "\(file.name) \(word.text)"
            }
        }
    }

    /// What stands behind `let name:` or `var name:`, if it is no computed property.
    private static func storedType(of name: String, in line: String) -> String? {
        for keyword in ["let", "var"] {
            guard let start = line.range(of: "\(keyword) \(name): ") else { continue }
            let type = line[start.upperBound...].prefix { $0 != "=" }
            return type.contains("{") ? nil : String(type)
        }
        return nil
    }

    private static func outside(_ files: [Tree.File]) -> [Tree.File] {
        files.filter { file in file.isSwift && directories.contains { file.path.hasPrefix($0) } }
    }

    @Test("No stored property that holds a number from outside is a raw integer")
    func numbersFromOutsideAreNotRaw() throws {
        let files = Self.outside(try Tree.read().files)
        #expect(files.count > 40)
        let found = Set(Self.findings(in: files))
        for finding in found.sorted() where Self.exceptions[finding] == nil {
            Issue.record("a stored property is a raw integer: \(finding)")
        }
        for (excused, reason) in Self.exceptions where !found.contains(excused) {
            Issue.record("the exception is not needed: \(excused): \(reason)")
        }
    }

    @Test(
        "A planted property is found",
        arguments: [
            "    package let size: UInt64", "    var counts: [String: Int] = [:]",
            "    private(set) var size: UInt64? = nil",
        ])
    func aPlantedPropertyIsFound(line: String) {
        let text =
            "package struct Plant {\n\(line)\n\n    func grown() -> Int {\n        let more: Int = 1\n"
            + "        return more\n    }\n\n    var half: Int { 1 }\n    let name: String\n}\n"
        let plant = Tree.File(path: "Sources/Messages/Plant.swift", bytes: Array(text.utf8))
        let found = Self.findings(in: Self.outside([plant]))
        #expect(found.count == 1 && found[0].hasPrefix("Plant.swift "), "\(found)")
        #expect(Self.outside([Tree.File(path: "Sources/Lake/Plant.swift", bytes: plant.bytes)]).isEmpty)
    }
}
