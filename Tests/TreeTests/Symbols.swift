extension Rule {
    /// What stands in back-ticks exists: a word of code, a file, a page, a target, a member of a format.
    ///
    /// A word with a capital and a small letter is a type, and stands in code. Another word may also stand in a
    /// string: JSON members, names of rules, commands and options do. Words of one or two letters and those in
    /// capitals only are places to fill in, as in `--since TIME`, and words with two digits are values: both are
    /// passed over.
    func symbols(_ survey: Survey) -> [Finding] {
        var names = survey.others
        names.formUnion(survey.manifest.targets.map(\.name))
        for path in survey.tree.paths { names.formUnion(Survey.words(path)) }
        func isKnown(_ word: String) -> Bool {
            if word.utf8.count < 3 || !word.contains(where: \.isLowercase) { return true }
            if word.count(where: \.isNumber) > 1 || survey.code.contains(word) || names.contains(word) { return true }
            let isType = word.first?.isUppercase == true
            return !isType && survey.uses[word] != nil
        }
        var findings: [Finding] = []
        for text in survey.texts {
            for line in text.lines where line.text.contains("`") {
                let pieces = line.text.split(separator: "`", omittingEmptySubsequences: false)
                if pieces.count % 2 == 0 {
                    let why = "a back-tick has no partner in its line"
                    findings.append(
                        Finding(rule: self, path: text.file.path, line: line.number, what: "`", why: why))
                }
                for (i, piece) in pieces.enumerated() where i % 2 == 1 {
                    for word in Survey.words(piece) where !isKnown(word) {
                        let parts = word.split(separator: "_").map(String.init)
                        if word.contains("_"), parts.allSatisfy(isKnown) { continue }
                        let why = "`\(piece)` names nothing in the tree"
                        findings.append(
                            Finding(rule: self, path: text.file.path, line: line.number, what: word, why: why))
                    }
                }
            }
        }
        return findings
    }
}
