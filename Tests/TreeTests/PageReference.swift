/// The headings of a page, as they are written and as the end of a link has them.
struct Headings: Sendable {
    let names: Set<String>

    init(ofPage text: String) {
        var names: Set<String> = []
        for line in text.split(separator: "\n") where line.hasPrefix("#") {
            let heading = line.trimming("#").trimming(" ").filter { $0 != "`" }
            names.insert(heading)
            names.insert(Self.slug(heading))
            names.insert(heading.split(separator: " ").joined(separator: "-"))
        }
        self.names = names
    }

    func contains(_ heading: String) -> Bool { names.contains(heading) }

    private static func slug(_ heading: String) -> String {
        String(heading.lowercased().map { $0 == " " ? "-" : $0 }.filter { $0.isLetter || $0.isNumber || $0 == "-" })
    }
}

/// A page, and perhaps one of its headings, named in prose: Design, "Pages"; the page Ledger; or a link.
struct PageReference: Sendable {
    let page: String
    let heading: String?

    static func all(in line: String, pages: [String: Headings]) -> [PageReference] {
        links(in: line) + quoted(in: line, pages) + spoken(in: line)
    }

    private static func links(in line: String) -> [PageReference] {
        pieces(of: line, after: "<doc:").compactMap { rest in
            guard let end = rest.firstIndex(of: ">") else { return nil }
            let parts = rest[..<end].split(separator: "#", maxSplits: 1)
            guard let page = parts.first else { return nil }
            return PageReference(page: String(page), heading: parts.count == 2 ? String(parts[1]) : nil)
        }
    }

    /// A page's name, a comma and headings in quotes, with "and" between them.
    private static func quoted(in line: String, _ pages: [String: Headings]) -> [PageReference] {
        guard line.contains(", \"") else { return [] }
        var references: [PageReference] = []
        let pieces = line.components(", \"")
        for (before, after) in zip(pieces, pieces.dropFirst()) {
            let name = before.split { !$0.isLetter }.last.map(String.init) ?? ""
            guard pages[name] != nil, before.trimming(">").trimming("`").hasSuffix(name) else { continue }
            var rest = Substring(after)
            while let end = rest.firstIndex(of: "\"") {
                references.append(PageReference(page: name, heading: String(rest[..<end])))
                rest = rest[rest.index(after: end)...]
                guard rest.hasPrefix(" and \"") else { break }
                rest = rest.dropFirst(6)
            }
        }
        return references
    }

    /// Headings of the page itself, in quotes after "see" or before "below" or "above".
    static func own(in line: String) -> [String] {
        guard line.contains("\"") else { return [] }
        let pieces = line.components("\"")
        return pieces.indices.filter { i in
            guard i % 2 == 1, i + 1 < pieces.count else { return false }
            let before = pieces[i - 1].lowercased()
            return before.hasSuffix("see ") || [" below", " above"].contains { pieces[i + 1].hasPrefix($0) }
        }.map { pieces[$0] }
    }

    /// "the page Ledger", "the format page Statements", with or without back-ticks or quotes.
    private static func spoken(in line: String) -> [PageReference] {
        (pieces(of: line, after: "he page ") + pieces(of: line, after: "he format page ")).compactMap { rest in
            let name = rest.drop { $0 == "`" || $0 == "\"" }.prefix { $0.isLetter }
            guard let first = name.first, first.isUppercase, name.count > 1 else { return nil }
            return PageReference(page: String(name), heading: nil)
        }
    }

    private static func pieces(of line: String, after mark: String) -> [Substring] {
        line.contains(mark) ? line.components(mark).dropFirst().map { Substring($0) } : []
    }
}

extension String {
    /// The pieces between a mark.
    func components(_ mark: String) -> [String] {
        var pieces: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: mark) {
            pieces.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return pieces + [String(rest)]
    }
}
