/// What the checks ask of a tree, worked out once: the manifest, the words of each Swift file, and who names what.
struct Survey: Sendable {
    let tree: Tree
    let manifest: Manifest
    let sources: [SwiftSource]
    /// How often each word stands in the code and the strings of Swift files.
    let uses: [String: Int]
    /// The words of Swift code, without strings and comments.
    let code: Set<String>
    /// The words of everything else that runs: headers, scripts, units.
    let others: Set<String>
    let texts: [Text]

    /// Where people read prose: a Swift file's or a script's comments, or a page.
    struct Text: Sendable {
        let file: Tree.File
        let lines: [Line]
        /// Whether it is a page, in which code blocks are left out.
        var isPage: Bool { file.isPage }
    }

    init(_ tree: Tree) {
        self.tree = tree
        manifest = Manifest(tree.file("Package.swift") ?? Tree.File(path: "Package.swift", bytes: []))
        var sources: [SwiftSource] = []
        var uses: [String: Int] = [:]
        var code: Set<String> = []
        var others: Set<String> = []
        var texts: [Text] = []
        for file in tree.files {
            if file.isSwift {
                let source = SwiftSource(file)
                // A plant or an exception in this folder names what it is about, and does not use it.
                let isOurs = file.path.hasPrefix("Tests/TreeTests/")
                for word in source.words where word.kind == .code || (word.kind == .string && !isOurs) {
                    uses[word.text, default: 0] += 1
                    if word.kind == .code { code.insert(word.text) }
                }
                sources.append(source)
                texts.append(Text(file: file, lines: source.comments))
            } else if file.isPage {
                texts.append(Text(file: file, lines: Self.prose(ofPage: file.text)))
            } else {
                let lines = Line.all(of: file.text)
                let comments = lines.map { Self.comment(in: $0) }
                for (line, comment) in zip(lines, comments) {
                    let rest = file.isScript ? line.text.dropLast(comment.text.count) : Substring(line.text)
                    others.formUnion(Self.words(rest))
                }
                if file.isScript { texts.append(Text(file: file, lines: comments.filter { !$0.text.isEmpty })) }
            }
        }
        self.sources = sources
        self.uses = uses
        self.code = code
        self.others = others
        self.texts = texts
    }

    /// A script's comment: from a `#` at the begin of a line or after a space.
    private static func comment(in line: Line) -> Line {
        var before: Character = " "
        for i in line.text.indices {
            if line.text[i] == "#", before == " " { return Line(number: line.number, text: String(line.text[i...])) }
            before = line.text[i]
        }
        return Line(number: line.number, text: "")
    }

    /// The lines of a page outside fenced and indented code.
    private static func prose(ofPage text: String) -> [Line] {
        var isFenced = false
        return Line.all(of: text).filter { line in
            if line.text.hasPrefix("```") { isFenced.toggle() }
            return !isFenced && !line.text.hasPrefix("    ") && !line.text.isEmpty
        }
    }

    static func words(_ text: some StringProtocol) -> [String] {
        text.utf8.split { !SwiftSource.isWord($0) }.map { String(decoding: Array($0), as: UTF8.self) }
    }
}
