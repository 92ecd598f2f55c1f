import FoundationEssentials
import Ledger
import Sealing

/// A part of a file of evidence: what stands below a line that begins with `====`. The first part has no such line.
struct EvidenceSection {
    let title: Substring
    /// Without the blank ones at their end.
    private(set) var lines: [Substring] = []

    var note: Bytes { Array((lines.joined(separator: "\n") + "\n").utf8) }

    static func all(in text: String) -> [EvidenceSection] {
        var sections = [EvidenceSection(title: "")]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("====") {
                sections.append(EvidenceSection(title: line))
            } else {
                sections[sections.count - 1].lines.append(line)
            }
        }
        for place in sections.indices {
            sections[place].lines = Array(sections[place].lines.reversed().drop { $0.isEmpty }.reversed())
        }
        return sections
    }
}
