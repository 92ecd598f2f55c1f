/// The links of a page in Markdown: `[text](target)`, `[text][name]` and `[name]: target`.
enum Links {
    enum Link: Sendable {
        case target(String)
        case name(String)
    }

    static func definitions(in lines: [Line]) -> Set<String> {
        Set(
            lines.compactMap { line in
                guard line.text.hasPrefix("["), let end = line.text.firstRange(of: "]: ") else { return nil }
                return line.text[..<end.lowerBound].dropFirst().lowercased()
            })
    }

    static func all(in line: String) -> [Link] {
        guard line.contains("]") else { return [] }
        var links: [Link] = []
        if line.hasPrefix("["), let end = line.firstRange(of: "]: ") {
            links.append(.target(String(line[end.upperBound...])))
        }
        for piece in outsideCode(line).components("](").dropFirst() {
            if let end = piece.firstIndex(of: ")") { links.append(.target(String(piece[..<end]))) }
        }
        for piece in outsideCode(line).components("][").dropFirst() {
            if let end = piece.firstIndex(of: "]") { links.append(.name(String(piece[..<end]))) }
        }
        return links
    }

    /// The line without what stands in back-ticks.
    private static func outsideCode(_ line: String) -> String {
        line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 0 }.map { String($0.element) }.joined()
    }
}
