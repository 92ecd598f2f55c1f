extension Rule {
    /// What comes with the system and the compiler, and needs no declaration.
    private static let system: Set = [
        "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch", "Testing", "PackageDescription",
    ]

    /// Every declared dependency is imported, and every import is declared.
    func dependencies(_ survey: Survey) -> [Finding] {
        var findings: [Finding] = []
        for target in survey.manifest.targets where !survey.isC(target.name) {
            let imports = survey.imports(of: target)
            let used = Set(imports.map(\.import.module))
            for name in target.dependencies.subtracting(used).sorted() {
                let why = "\(target.name) declares it and imports it nowhere"
                findings.append(Finding(rule: self, path: "Package.swift", line: target.line, what: name, why: why))
            }
            for (source, line) in imports
            where !target.dependencies.contains(line.module) && !Self.system.contains(line.module) {
                let why = "\(target.name) imports it and does not declare it"
                findings.append(
                    Finding(rule: self, path: source.path, line: line.line, what: line.module, why: why))
            }
        }
        return findings
    }
}
