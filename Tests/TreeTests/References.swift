extension Rule {
    /// Folders at the top of the tree, by which a path in prose is known.
    private static let tops: Set = ["Sources", "Tests", "tools", "keys", ".github"]

    /// What prose points to exists: pages, their headings, files and folders, targets of links.
    func references(_ survey: Survey) -> [Finding] {
        var findings: [Finding] = []
        let headings = survey.tree.catalogue.mapValues { Headings(ofPage: $0.text) }
        for text in survey.texts {
            func find(_ line: Line, _ what: String, _ why: String) {
                findings.append(
                    Finding(rule: self, path: text.file.path, line: line.number, what: what, why: why))
            }
            let definitions = Links.definitions(in: text.lines)
            for (i, line) in text.lines.enumerated() {
                let whole = Self.withNext(i, text.lines)
                for heading in PageReference.own(in: line.text) where text.isPage {
                    guard headings[text.file.stem]?.contains(heading) == false else { continue }
                    find(line, heading, "this page has no such heading")
                }
                for reference in PageReference.all(in: whole, pages: headings) {
                    guard let page = headings[reference.page] else {
                        find(line, reference.page, "the catalogue has no such page")
                        continue
                    }
                    if let heading = reference.heading, !page.contains(heading) {
                        find(line, heading, "the page \(reference.page) has no such heading")
                    }
                }
                for path in Self.paths(in: line.text) where !survey.tree.paths.contains(path) {
                    find(line, path, "there is no such file or folder")
                }
                for word in Self.gone(in: line.text) { find(line, word, "the tree has no such paper") }
                guard text.isPage else { continue }
                for link in Links.all(in: line.text) {
                    switch link {
                    case .name(let name) where !definitions.contains(name.lowercased()):
                        find(line, name, "the page does not define this link")
                    case .target(let target):
                        if let fault = fault(inLink: target, from: text.file, survey.tree) { find(line, target, fault) }
                    default: continue
                    }
                }
            }
        }
        return findings
    }

    /// A line that ends with a comma, and the next one: a page and its heading may stand on both sides of the break.
    private static func withNext(_ place: Int, _ lines: [Line]) -> String {
        let line = lines[place].text
        guard line.hasSuffix(","), place + 1 < lines.count else { return line }
        return line + " " + lines[place + 1].text.drop { "/# ".contains($0) }
    }

    /// Papers that are not in the tree. A section sign may stand with an RFC alone: pages are cited by their headings.
    private static func gone(in line: String) -> [String] {
        let papers = ["DESIGN", "CLI.md", "STYLE.md"].filter { line.contains($0) }
        return papers + (line.contains("§") && !line.contains("RFC") ? ["§"] : [])
    }

    /// The paths in a line that begin with a folder at the top of the tree.
    private static func paths(in line: String) -> [String] {
        guard line.contains("/") else { return [] }
        let isPart: (Character) -> Bool = { $0.isLetter || $0.isNumber || "._-@+/".contains($0) }
        return line.split { !isPart($0) }.filter { !$0.hasPrefix("..") }.compactMap { run in
            let path = run.trimming("/").trimming(".")
            let whole = run.hasPrefix(".github") ? "." + path : path
            guard let top = whole.split(separator: "/").first, whole.contains("/"), tops.contains(String(top)) else {
                return nil
            }
            return whole
        }
    }

    private func fault(inLink target: String, from file: Tree.File, _ tree: Tree) -> String? {
        guard !target.contains("://"), !target.hasPrefix("mailto:") else { return nil }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        var directory = file.path.split(separator: "/").dropLast().map(String.init)
        for part in parts[0].split(separator: "/") {
            if part == ".." { _ = directory.popLast() } else if part != "." { directory.append(String(part)) }
        }
        let path = parts[0].isEmpty ? file.path : directory.joined(separator: "/")
        guard tree.paths.contains(path) else { return "there is no such file or folder" }
        guard parts.count == 2, !Headings(ofPage: tree.text(path)).contains(String(parts[1])) else { return nil }
        return "\(path) has no such heading"
    }
}
