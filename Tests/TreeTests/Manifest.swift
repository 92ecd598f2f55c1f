/// `Package.swift`, read by its words: the targets, the folder of each, and what each declares.
struct Manifest: Sendable {
    struct Target: Sendable {
        let name: String
        let directory: String
        let isSystemLibrary: Bool
        /// Names of targets and of products of packages.
        let dependencies: Set<String>
        let line: Int
    }

    let targets: [Target]
    /// The products of packages that any target declares.
    let products: Set<String>

    func target(_ name: String) -> Target? { targets.first { $0.name == name } }

    /// The target in whose folder the file lies.
    func target(ofFile path: String) -> Target? { targets.first { path.hasPrefix($0.directory + "/") } }

    init(_ file: Tree.File) {
        let tokens = Token.all(of: SwiftSource(file))
        var variables: [String: String] = [:]
        var targets: [Target] = []
        var products: Set<String> = []
        for i in tokens.indices {
            switch (tokens[i].text, tokens.text(i + 1), tokens.text(i - 1)) {
            case ("product", "(", "."):
                guard let name = tokens.string(after: "name", from: i, to: i + 6) else { continue }
                products.insert(name)
                if tokens.text(i - 7) == "let" { variables[tokens.text(i - 6)] = name }
            case ("library", "(", let before) where before != "func":
                targets += Self.target(tokens, at: i, variables).map { [$0] } ?? []
            case ("tests", "(", let before) where before != "func":
                targets += Self.target(tokens, at: i, variables, isTests: true).map { [$0] } ?? []
            case ("target", "(", "."), ("executableTarget", "(", "."), ("systemLibrary", "(", "."):
                targets += Self.target(tokens, at: i, variables).map { [$0] } ?? []
            case ("testTarget", "(", "."):
                targets += Self.target(tokens, at: i, variables, isTests: true).map { [$0] } ?? []
            default: continue
            }
        }
        self.targets = targets
        self.products = products
    }

    /// Nil for the helper functions of the manifest, in which the name is a variable.
    private static func target(
        _ tokens: [Token], at place: Int, _ variables: [String: String], isTests: Bool = false
    ) -> Target? {
        let end = tokens.closing(of: place + 1)
        let isShort = tokens[place + 2].isString
        guard let first = isShort ? tokens[place + 2].text : tokens.string(after: "name", from: place, to: end) else {
            return nil
        }
        let name = isTests && isShort ? first + "Tests" : first
        let directory = tokens.string(after: "path", from: place, to: end) ?? (isTests ? "Tests/" : "Sources/") + name
        var dependencies: Set<String> = []
        let list = isShort ? place + 4 : tokens.place(of: "dependencies", from: place, to: end).map { $0 + 2 }
        if let list, tokens.text(list) == "[" {
            var i = list + 1
            let close = tokens.closing(of: list)
            while i < close {
                if tokens.text(i) == "product", let name = tokens.string(after: "name", from: i, to: close) {
                    dependencies.insert(name)
                    i = tokens.closing(of: i + 1)
                } else if tokens[i].isString {
                    dependencies.insert(tokens[i].text)
                } else if let product = variables[tokens[i].text] {
                    dependencies.insert(product)
                }
                i += 1
            }
        }
        return Target(
            name: name, directory: directory, isSystemLibrary: tokens[place].text == "systemLibrary",
            dependencies: dependencies, line: tokens[place].line)
    }
}

/// A word, a mark or a string literal of the manifest.
private struct Token {
    let text: String
    let isString: Bool
    let line: Int

    static func all(of source: SwiftSource) -> [Token] {
        var tokens: [Token] = []
        var line = 1
        var i = 0
        while i < source.bytes.count {
            let begin = i
            let kind = source.kinds[i]
            let isWord = SwiftSource.isWord(source.bytes[i])
            if source.bytes[i] == 0x0A { line += 1 }
            i += 1
            if kind == .string {
                while i < source.bytes.count, source.bytes[i] != source.bytes[begin] { i += 1 }
                i += 1
                tokens.append(Token(text: source.text(begin + 1..<i - 1), isString: true, line: line))
            } else if kind == .code, isWord {
                while i < source.bytes.count, SwiftSource.isWord(source.bytes[i]) { i += 1 }
                tokens.append(Token(text: source.text(begin..<i), isString: false, line: line))
            } else if kind == .code, source.bytes[begin] > 0x20 {
                tokens.append(Token(text: source.text(begin..<i), isString: false, line: line))
            }
        }
        return tokens
    }
}

extension SwiftSource {
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

extension [Token] {
    func text(_ place: Int) -> String { indices.contains(place) ? self[place].text : "" }

    /// The place of the bracket that closes the one at the place.
    func closing(of place: Int) -> Int {
        var depth = 0
        for i in place..<count where !self[i].isString {
            if "([{".contains(self[i].text) { depth += 1 }
            if ")]}".contains(self[i].text) { depth -= 1 }
            if depth == 0 { return i }
        }
        return count
    }

    func place(of word: String, from: Int, to end: Int) -> Int? {
        indices.first { $0 >= from && $0 < end && !self[$0].isString && self[$0].text == word }
    }

    /// The literal after the word and its colon.
    func string(after word: String, from: Int, to end: Int) -> String? {
        guard let place = place(of: word, from: from, to: end), place + 2 < count, self[place + 2].isString else {
            return nil
        }
        return self[place + 2].text
    }
}
