extension Rule {
    /// A module from which data can leave the machine, or come in.
    private static func isNetwork(_ module: String) -> Bool {
        ["NIO", "Hummingbird", "AsyncHTTP", "HTTPTypes", "FoundationNetworking"].contains { module.hasPrefix($0) }
    }

    private static let withoutNetwork = [
        "Sealing", "Files", "Records", "Rules", "Vault", "Capture", "CaptureX11", "Broker",
    ]

    /// The code that sees plaintext or keys can name no HTTP client and no server, and a job not the employee's code.
    func reach(_ survey: Survey) -> [Finding] {
        var findings: [Finding] = []
        for root in Self.withoutNetwork {
            for name in survey.reachable(from: root).sorted() {
                guard let target = survey.manifest.target(name) else { continue }
                for (source, line) in survey.imports(of: target) where Self.isNetwork(line.module) {
                    let why = "\(root) reaches it through \(name)"
                    findings.append(
                        Finding(rule: self, path: source.path, line: line.line, what: line.module, why: why))
                }
                for product in target.dependencies.sorted() where Self.isNetwork(product) {
                    let why = "\(root) reaches it through \(name)"
                    findings.append(
                        Finding(rule: self, path: "Package.swift", line: target.line, what: product, why: why))
                }
            }
        }
        if survey.reachable(from: "Job").contains("Keyholder") {
            findings.append(
                Finding(rule: self, path: "Package.swift", what: "Keyholder", why: "Job reaches the employee's code"))
        }
        return findings
    }

    private static let pure = ["Sealing", "Records", "Rules"]

    /// Names of a clock, of files and of sockets, in Glibc, Foundation and the standard library.
    private static let impure: Set = [
        "Date", "ContinuousClock", "SuspendingClock", "clock_gettime", "gettimeofday", "time", "FileManager",
        "FileHandle", "URLSession", "fopen", "open", "openat", "unlink", "rename", "socket", "connect", "sendto",
    ]

    /// The pure modules name no clock, no file and no socket: time and I/O come in as arguments.
    func purity(_ survey: Survey) -> [Finding] {
        var findings: [Finding] = []
        for target in Self.pure.compactMap({ survey.manifest.target($0) }) {
            for source in survey.sources where source.path.hasPrefix(target.directory + "/") {
                for word in source.words where word.kind == .code {
                    let isImport = word.text == "Foundation"
                    guard isImport || (Self.impure.contains(word.text) && source.isFree(word)) else { continue }
                    let why = "\(target.name) is pure: no clock, no network, no disk"
                    findings.append(
                        Finding(rule: self, path: source.path, line: word.line, what: word.text, why: why))
                }
            }
        }
        return findings
    }
}

extension SwiftSource {
    /// Whether the word is a type, or a function that is called, of no value of ours: it has no dot before it.
    func isFree(_ word: Word) -> Bool {
        let after = word.start + word.text.utf8.count
        let isCalled = after < bytes.count && bytes[after] == UInt8(ascii: "(")
        let isType = word.text.first?.isUppercase == true
        guard isCalled || isType else { return false }
        var before = word.start - 1
        if before >= 0, bytes[before] == UInt8(ascii: ".") {
            return before >= 5 && text(before - 5..<before) == "Glibc"
        }
        while before >= 0, bytes[before] == 0x20 { before -= 1 }
        return !(before >= 3 && text(before - 3..<before + 1) == "func")
    }
}
