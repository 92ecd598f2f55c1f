/// The `import` lines of a file.
struct Import: Sendable {
    let module: String
    let line: Int

    private static let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]

    static func all(of source: SwiftSource) -> [Import] {
        let words = source.words.filter { $0.kind == .code }
        return words.indices.compactMap { i in
            guard words[i].text == "import", i + 1 < words.count, source.isKeyword(words[i]) else { return nil }
            let skips = kinds.contains(words[i + 1].text) && i + 2 < words.count
            return Import(module: words[skips ? i + 2 : i + 1].text, line: words[i].line)
        }
    }
}

extension SwiftSource {
    /// Whether the word stands between spaces, and so is no member and no label.
    fileprivate func isKeyword(_ word: Word) -> Bool {
        let after = word.start + word.text.utf8.count
        let isMember = word.start > 0 && bytes[word.start - 1] > 0x20
        return !isMember && after < bytes.count && bytes[after] == 0x20
    }
}

extension Survey {
    /// Each import in the folder of a target, with its file.
    func imports(of target: Manifest.Target) -> [(source: SwiftSource, import: Import)] {
        sources.filter { $0.path.hasPrefix(target.directory + "/") }
            .flatMap { source in Import.all(of: source).map { (source, $0) } }
    }

    /// The targets that this one can reach through declarations and imports, itself among them.
    func reachable(from name: String) -> Set<String> {
        var reached: Set<String> = []
        var waiting = [name]
        while let next = waiting.popLast() {
            guard let target = manifest.target(next), reached.insert(next).inserted else { continue }
            waiting += target.dependencies
            waiting += imports(of: target).map(\.import.module)
        }
        return reached
    }
}
