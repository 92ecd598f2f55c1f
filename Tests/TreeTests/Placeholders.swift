extension Rule {
    private static let words: Set = ["TODO", "FIXME", "XXX", "HACK", "Placeholder", "placeholder", "TBD"]

    /// Nothing waits to be written, and a Swift file declares something.
    func placeholders(_ survey: Survey) -> [Finding] {
        var findings: [Finding] = []
        for text in survey.texts {
            for line in text.lines {
                let spans = line.text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                let spoken = spans.filter { $0.offset % 2 == 0 }.flatMap { Survey.words($0.element) }
                for word in spoken where Self.words.contains(word) {
                    let why = "something is still to be written"
                    findings.append(
                        Finding(rule: self, path: text.file.path, line: line.number, what: word, why: why))
                }
            }
        }
        let declaring: Set = ["struct", "class", "enum", "actor", "protocol", "extension", "func", "let", "var"]
        for source in survey.sources
        where !source.words.contains(where: { $0.kind == .code && declaring.contains($0.text) }) {
            findings.append(Finding(rule: self, path: source.path, what: "file", why: "it declares nothing"))
        }
        return findings
    }
}
