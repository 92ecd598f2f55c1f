/// The floors as the page Architecture lists them, the lowest first. The page is the source of the order.
struct FloorTable: Sendable {
    struct Row: Sendable {
        let module: String
        /// Nil where the cell says it in words.
        let imports: Set<String>?
        let line: Int
    }

    static let page = "Sources/coffer/Coffer.docc/Architecture.md"

    let rows: [Row]

    init(_ tree: Tree) {
        var rows: [Row] = []
        var isTable = false
        for line in Line.all(of: tree.text(Self.page)) {
            if line.text.hasPrefix("| module |") { isTable = true }
            if isTable, !line.text.hasPrefix("|") { break }
            let cells = line.text.split(separator: "|").map { $0.trimming(" ") }
            guard isTable, cells.count == 3, cells[0].hasPrefix("`") else { continue }
            let names = cells[2].split(separator: ",").map { $0.trimming(" ") }
            let isList = names.allSatisfy { $0.hasPrefix("`") && $0.hasSuffix("`") && !$0.contains(" ") }
            rows.append(
                Row(
                    module: cells[0].trimming("`"), imports: isList ? Set(names.map { $0.trimming("`") }) : nil,
                    line: line.number))
        }
        self.rows = rows
    }

    func floor(_ module: String) -> Int? { rows.firstIndex { $0.module == module } }
}

extension Rule {
    /// A module of the table imports only modules that stand above it in the table, and C modules, which import none.
    func floors(_ survey: Survey) -> [Finding] {
        let table = FloorTable(survey.tree)
        var findings: [Finding] = []
        func find(_ path: String, _ line: Int, _ what: String, _ why: String) {
            findings.append(Finding(rule: self, path: path, line: line, what: what, why: why))
        }
        for row in table.rows {
            guard let target = survey.manifest.target(row.module) else {
                find(FloorTable.page, row.line, row.module, "the manifest has no such target")
                continue
            }
            guard let own = table.floor(row.module) else { continue }
            func isBelow(_ module: String) -> Bool {
                guard let floor = table.floor(module) else { return survey.isC(module) }
                return floor < own
            }
            for (source, used) in survey.imports(of: target)
            where survey.manifest.target(used.module) != nil && !isBelow(used.module) {
                find(source.path, used.line, used.module, "\(row.module) imports a module that is not below it")
            }
            let modules = target.dependencies.filter { survey.manifest.target($0) != nil }
            for module in modules.sorted() where !isBelow(module) {
                find("Package.swift", target.line, module, "\(row.module) declares a module that is not below it")
            }
            if let listed = row.imports, listed.subtracting(["Sealing"]) != modules.subtracting(["Sealing"]) {
                let names = modules.subtracting(["Sealing"]).sorted().joined(separator: ", ")
                find(FloorTable.page, row.line, row.module, "the page's imports differ from the manifest's: \(names)")
            }
        }
        for name in survey.reachable(from: "coffer").sorted() where table.floor(name) == nil && !survey.isC(name) {
            find(FloorTable.page, 0, name, "coffer reaches a module that the table lacks")
        }
        return findings
    }
}

extension Survey {
    /// Whether the target has no Swift file: a C library or a header for one.
    func isC(_ module: String) -> Bool {
        guard let target = manifest.target(module) else { return false }
        return !sources.contains { $0.path.hasPrefix(target.directory + "/") }
    }
}

extension StringProtocol {
    func trimming(_ character: Character) -> String {
        String(drop { $0 == character }.reversed().drop { $0 == character }.reversed())
    }
}
