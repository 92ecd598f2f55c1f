import FoundationEssentials
import Ledger
import Sealing

/// A section of an evidence file: the lines below one that begins with `====`. The first section has no such line.
struct EvidenceSection {
    let title: Substring
    /// Without the blank lines at the end.
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
