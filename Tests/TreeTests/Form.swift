extension Rule {
    private static let longest = 400

    /// Scripts can be run, the changelog has a place for what comes, and no file of `Sources` is too long to read.
    func form(_ survey: Survey) -> [Finding] {
        var findings: [Finding] = []
        func find(_ path: String, _ what: String, _ why: String) {
            findings.append(Finding(rule: self, path: path, what: what, why: why))
        }
        if !Headings(ofPage: survey.tree.text(".github/CHANGELOG.md")).contains("Unreleased") {
            find(".github/CHANGELOG.md", "Unreleased", "the changelog has no such section")
        }
        for file in survey.tree.files {
            let isTool = file.path.split(separator: "/").count == 2 && file.path.hasPrefix("tools/")
            let isStory = file.path.hasPrefix("Tests/stories/") && file.path.hasSuffix(".sh")
            if isTool || isStory, file.runs != file.isExecutable {
                find(file.path, file.name, "a script has a run bit and a first line that names its program, or neither")
            }
            guard file.isSwift, file.path.hasPrefix("Sources/") else { continue }
            let lines = file.bytes.count { $0 == 0x0A }
            if lines > Self.longest { find(file.path, file.name, "it has \(lines) lines") }
        }
        return findings
    }
}
