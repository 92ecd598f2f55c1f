extension Rule {
    /// Words over which a reader stumbles who learned English at school, and how often the tree still has them. The
    /// numbers only fall: lower one when you reword a place.
    static let stumbling: [(phrase: String, atMost: Int)] = [
        ("whoever", 1),
        ("anew", 0),
        ("is none", 0),
        ("the same of", 0),
        ("are none", 0),
        ("as good as none", 0),
        ("holds fast", 0),
        ("whence", 0),
        ("lets go", 0),
        ("let go of", 0),
        ("no news", 0),
        ("nought", 0),
        ("what is none", 0),
        ("thereof", 0),
        ("therein", 0),
        ("hitherto", 0),
        ("lest", 0),
        ("save for", 0),
        ("upon", 0),
        ("amiss", 0),
        ("apiece", 0),
        ("comes to nothing", 0),
    ]

    /// Comments, string literals and pages have no more of these words than the list says.
    func prose(_ survey: Survey) -> [Finding] {
        let phrases = Self.stumbling.map { Survey.words($0.phrase) }
        var counts = [Int](repeating: 0, count: phrases.count)
        var places = [String](repeating: "", count: phrases.count)
        func count(_ words: [String], in path: String) {
            let small = words.map { $0.lowercased() }
            for (i, word) in small.enumerated() {
                for (j, phrase) in phrases.enumerated() where phrase[0] == word {
                    guard small[i...].starts(with: phrase) else { continue }
                    counts[j] += 1
                    places[j] += " " + path
                }
            }
        }
        for source in survey.sources where !source.path.hasPrefix("Tests/TreeTests/") {
            count(source.words.filter { $0.kind != .code }.map(\.text), in: source.path)
        }
        for text in survey.texts where !text.file.isSwift {
            count(text.lines.flatMap { Survey.words(Self.unquoted($0.text, text)) }, in: text.file.path)
        }
        return phrases.indices.filter { counts[$0] > Self.stumbling[$0].atMost }.map {
            let (phrase, most) = Self.stumbling[$0]
            let why = "stands \(counts[$0]) times, at most \(most) are allowed, in\(places[$0].suffix(400))"
            return Finding(rule: self, path: "", what: phrase, why: why)
        }
    }

    /// The guide for contributors quotes what not to write: in quotes, and in its table's first column.
    private static func unquoted(_ line: String, _ text: Survey.Text) -> String {
        guard text.file.path == ".github/CONTRIBUTING.md" else { return line }
        if line.hasPrefix("|") { return line.split(separator: "|").dropFirst().joined(separator: " ") }
        return line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 0 }.map { String($0.element) }.joined(separator: " ")
    }
}
