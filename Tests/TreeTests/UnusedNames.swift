extension Rule {
    /// What `Sources` declares in a file or a type is named somewhere else in the tree. (The compiler knows unused
    /// private declarations and locals by itself.)
    func unusedNames(_ survey: Survey) -> [Finding] {
        var places: [String: [(path: String, line: Int)]] = [:]
        for source in survey.sources where source.path.hasPrefix("Sources/") {
            for declaration in source.declarations {
                places[declaration.text, default: []].append((source.path, declaration.line))
            }
        }
        return places.sorted { $0.key < $1.key }.compactMap { name, declared in
            guard survey.uses[name, default: 0] <= declared.count, let first = declared.first else { return nil }
            return Finding(
                rule: self, path: first.path, line: first.line, what: name, why: "nothing in the tree names it")
        }
    }
}

extension SwiftSource {
    private static let types: Set = ["struct", "class", "enum", "actor", "protocol", "extension"]
    private static let members: Set = ["func", "var", "let", "typealias", "case"]

    /// The names that the file declares in itself or in its types, not in the bodies of functions.
    var declarations: [Word] {
        var found: [Word] = []
        var scopes: [Bool] = []
        var isType = false
        var parentheses = 0
        var place = 0
        let code = words.filter { $0.kind == .code }
        for (i, word) in code.enumerated() {
            while place < word.start {
                if kinds[place] == .code {
                    switch bytes[place] {
                    case UInt8(ascii: "("), UInt8(ascii: "["): parentheses += 1
                    case UInt8(ascii: ")"), UInt8(ascii: "]"): parentheses -= 1
                    case UInt8(ascii: "{"):
                        scopes.append(isType && parentheses == 0)
                        isType = false
                    case UInt8(ascii: "}"):
                        if !scopes.isEmpty { scopes.removeLast() }
                        isType = false
                    default: break
                    }
                }
                place += 1
            }
            place = word.start + word.text.utf8.count
            let isMember = word.start > 0 && bytes[word.start - 1] == UInt8(ascii: ".")
            guard !isMember, i + 1 < code.count else { continue }
            let opensType = Self.types.contains(word.text) && !Self.members.contains(code[i + 1].text)
            guard opensType || Self.members.contains(word.text), parentheses == 0, !scopes.contains(false) else {
                continue
            }
            isType = opensType
            if word.text != "extension" { found.append(code[i + 1]) }
        }
        return found
    }
}
