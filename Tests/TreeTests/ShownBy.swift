extension Rule {
    /// Tests and stories that prose names as its proof exist: `AskTests.freshness`, story `forked-log`.
    func shownBy(_ survey: Survey) -> [Finding] {
        let suites = Suites(survey.sources)
        var findings: [Finding] = []
        for text in survey.texts {
            for line in text.lines where line.text.contains("`") {
                for (what, why) in Self.faults(in: line.text, suites, survey.tree) {
                    findings.append(
                        Finding(rule: self, path: text.file.path, line: line.number, what: what, why: why))
                }
            }
        }
        return findings
    }

    private static func faults(in line: String, _ suites: Suites, _ tree: Tree) -> [(what: String, why: String)] {
        var faults: [(String, String)] = []
        let pieces = line.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        var isStory = false
        for (i, piece) in pieces.enumerated() {
            if i % 2 == 0 {
                let isList = ["", " ", ", ", " and "].contains(piece) && i > 0
                let isNamed = ["story ", "stories ", "Story "].contains { piece.hasSuffix($0) }
                isStory = isNamed || (isStory && isList)
                continue
            }
            let words = Survey.words(piece)
            if words.count == 2, words[0].hasSuffix("Tests"), piece == words.joined(separator: "."),
                !suites.have(words[0], words[1])
            {
                faults.append((piece, "there is no such test"))
            }
            let told = piece.hasPrefix("tools/test story ") ? String(piece.dropFirst(17)) : isStory ? piece : nil
            if let told, told.contains(where: \.isLowercase), !tree.paths.contains("Tests/stories/\(told).sh") {
                faults.append((told, "there is no such story"))
            }
        }
        return faults
    }
}

/// The test suites and their tests, by file: a suite and its extensions may stand in several.
private struct Suites {
    private var tests: [String: Set<String>] = [:]

    init(_ sources: [SwiftSource]) {
        for source in sources where source.path.hasPrefix("Tests/") {
            let words = source.words.filter { $0.kind == .code }.map(\.text)
            let names = zip(words, words.dropFirst()).filter { $0.0 == "func" }.map(\.1)
            let suites = zip(words, words.dropFirst()).filter {
                ["struct", "class", "enum", "actor", "extension"].contains($0.0) && $0.1.hasSuffix("Tests")
            }
            for (_, suite) in suites { tests[suite, default: []].formUnion(names) }
        }
    }

    func have(_ suite: String, _ test: String) -> Bool { tests[suite]?.contains(test) == true }
}
