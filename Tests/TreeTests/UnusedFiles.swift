extension Rule {
    /// Every page is linked, every script is run or named, every file in the stories' folder serves a story.
    func unusedFiles(_ survey: Survey) -> [Finding] {
        var findings: [Finding] = []
        func find(_ file: Tree.File, _ why: String) {
            findings.append(Finding(rule: self, path: file.path, what: file.name, why: why))
        }
        var linked: Set<String> = []
        for page in survey.tree.catalogue.values {
            for reference in PageReference.all(in: page.text, pages: [:]) where reference.page != page.stem {
                linked.insert(reference.page)
            }
        }
        let pages = survey.tree.catalogue.values.sorted { $0.path < $1.path }
        for page in pages where !linked.contains(page.stem) && !page.text.contains("@TechnologyRoot") {
            find(page, "no page of the catalogue links to it")
        }
        let names = Self.names(in: survey.tree)
        let scripts = survey.tree.files.filter(\.isScript)
        for file in survey.tree.files where !file.path.hasSuffix(".swift") {
            let isStory = file.path.hasPrefix("Tests/stories/")
            guard file.path.hasPrefix("tools/") || isStory, !file.bytes.isEmpty else { continue }
            // `tools/test` runs each story. The build finds a module map by its name.
            if isStory && file.path.hasSuffix(".sh") && file.runs { continue }
            if file.name == "module.modulemap" { continue }
            let directory = file.path.dropLast(file.name.count) + "*"
            let isNamed =
                names.contains { $0.value.contains(file.name) && $0.key != file.path }
                || scripts.contains { $0.text.contains(directory) }
            let isModule =
                file.path.hasSuffix(".py") && names.contains { $0.value.contains(file.stem) && $0.key != file.path }
            if !isNamed, !isModule { find(file, "nothing names it") }
        }
        return findings
    }

    /// The names of files that scripts, pages, manifests and units hold: the last parts of all that looks like a path.
    private static func names(in tree: Tree) -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        for file in tree.files where !file.isSwift || file.path == "Package.swift" {
            let runs = file.bytes.split { byte in
                !(SwiftSource.isWord(byte) || [0x2D, 0x2E, 0x40].contains(byte))
            }
            names[file.path] = Set(runs.map { String(decoding: $0, as: UTF8.self).trimming(".") })
        }
        return names
    }
}
