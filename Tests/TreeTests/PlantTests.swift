import Testing

/// The rules find what they are there for: each fault, planted in a small tree that keeps them all, is found.
@Suite("Plant")
struct PlantTests {
    struct Plant: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rule: Rule
        let what: String
        let path: String
        /// Empty for a file of its own.
        var old = ""
        let new: String
    }

    @Test("The small tree keeps the rule", arguments: Rule.allCases)
    func theSmallTreeKeepsTheRule(rule: Rule) {
        #expect(rule.findings(in: SmallTree.planted()).map(\.description) == [])
    }

    @Test("A planted fault is found", arguments: plants)
    func aPlantedFaultIsFound(plant: Plant) {
        let findings = plant.rule.findings(in: SmallTree.planted(plant.path, plant.old, plant.new))
        #expect(findings.contains { $0.what == plant.what }, "\(findings)")
    }

    private static let design = "Sources/coffer/Coffer.docc/Design.md"
    private static let architecture = "Sources/coffer/Coffer.docc/Architecture.md"
    private static let box = "Sources/Sealing/Box.swift"
    private static let broker = "Sources/Broker/Box+Broker.swift"

    private static let plants = [
        Plant(
            testDescription: "an upward import", rule: .floors, what: "Job", path: broker,
            old: "import Sealing", new: "import Job\nimport Sealing"),
        Plant(
            testDescription: "an upward declaration", rule: .floors, what: "Client", path: "Package.swift",
            old: #""Broker", ["Sealing"]"#, new: #""Broker", ["Sealing", "Client"]"#),
        Plant(
            testDescription: "a page that differs from the manifest", rule: .floors, what: "Job", path: architecture,
            old: "| samples | `Broker` |", new: "| samples | `Keyholder` |"),
        Plant(
            testDescription: "an unused dependency", rule: .dependencies, what: "Keyholder", path: "Package.swift",
            old: #"library("Job", ["Broker""#, new: #"library("Job", ["Keyholder", "Broker""#),
        Plant(
            testDescription: "an undeclared import", rule: .dependencies, what: "Logging", path: box,
            old: "package struct", new: "import Logging\n\npackage struct"),
        Plant(
            testDescription: "HTTP in a broker's reach", rule: .reach, what: "NIOCore", path: broker,
            old: "import Sealing", new: "import Client\nimport Sealing"),
        Plant(
            testDescription: "the employee in a job's reach", rule: .reach, what: "Keyholder", path: broker,
            old: "import Sealing", new: "import Keyholder\nimport Sealing"),
        Plant(
            testDescription: "a clock in a pure module", rule: .purity, what: "Date", path: box,
            old: "init() {}", new: "init() { _ = Date() }"),
        Plant(
            testDescription: "a print beside the output layer", rule: .streams, what: "print", path: box,
            old: "init() {}", new: "init() { print(1) }"),
        Plant(
            testDescription: "a handle of stderr", rule: .streams, what: "standardError", path: broker,
            old: "import Sealing", new: "import Sealing\nlet handle = FileHandle.standardError"),
        Plant(
            testDescription: "a write to stdout", rule: .streams, what: "STDOUT_FILENO", path: broker,
            old: "import Sealing", new: "import Sealing\nlet count = write(STDOUT_FILENO, \"a\", 1)"),
        Plant(
            testDescription: "a dead heading in a comment", rule: .references, what: "Crates", path: box,
            old: #""Boxes""#, new: #""Crates""#),
        Plant(
            testDescription: "a dead heading in a page", rule: .references, what: "Crates", path: architecture,
            old: "# Architecture", new: "# Architecture\n\nAs in <doc:Design>, \"Crates\"."),
        Plant(
            testDescription: "a dead heading of the page itself", rule: .references, what: "Crates", path: design,
            old: "## Boxes", new: "## Boxes\n\nMore is in \"Crates\" below."),
        Plant(
            testDescription: "a dead heading after a break", rule: .references, what: "Crates", path: architecture,
            old: "# Architecture", new: "# Architecture\n\nAs in <doc:Design>,\n\"Crates\"."),
        Plant(
            testDescription: "a dead page", rule: .references, what: "Blueprint", path: design, old: "## Boxes",
            new: "## Boxes\n\nSee <doc:Blueprint>."),
        Plant(
            testDescription: "a dead path", rule: .references, what: "tools/nothing", path: box, old: "keys/README.md",
            new: "tools/nothing"),
        Plant(
            testDescription: "a dead link", rule: .references, what: "../keys/README.md", path: design,
            old: "../../../keys/README.md", new: "../keys/README.md"),
        Plant(
            testDescription: "an unknown symbol in a comment", rule: .symbols, what: "BoxMaker", path: box,
            old: "`Sealing`", new: "`BoxMaker`"),
        Plant(
            testDescription: "an unknown member in a page", rule: .symbols, what: "closedLid", path: design,
            old: "## Boxes", new: "## Boxes\n\nA `Box` has a `closedLid`."),
        Plant(
            testDescription: "an unknown test", rule: .shownBy, what: "JobTests.closes", path: design,
            old: "JobTests.opens", new: "JobTests.closes"),
        Plant(
            testDescription: "an unknown story", rule: .shownBy, what: "no-story", path: design, old: "`a-story`",
            new: "`a-story` and `no-story`"),
        Plant(
            testDescription: "a note to write something", rule: .placeholders, what: "TO" + "DO", path: box,
            old: "/// A box", new: "// " + "TO" + "DO: lids\n/// A box"),
        Plant(
            testDescription: "a file that declares nothing", rule: .placeholders, what: "file",
            path: "Sources/Job/Empty.swift", new: "import Sealing\n"),
        Plant(
            testDescription: "a page without a link", rule: .unusedFiles, what: "Lonely.md",
            path: "Sources/coffer/Coffer.docc/Lonely.md", new: "# Lonely\n"),
        Plant(
            testDescription: "a script that nothing names", rule: .unusedFiles, what: "lonely",
            path: "tools/lonely", new: "#!/bin/sh\n"),
        Plant(
            testDescription: "a declaration that nothing names", rule: .unusedNames, what: "lid", path: box,
            old: "package init() {}", new: "package init() {}\n    package var lid: Int { 1 }"),
        Plant(
            testDescription: "a script that cannot be run", rule: .form, what: "lonely", path: "tools/lonely",
            new: "#!/bin/sh\n"),
        Plant(
            testDescription: "a changelog without a place for what comes", rule: .form, what: "Unreleased",
            path: ".github/CHANGELOG.md", old: "## Unreleased", new: "## 0.1.0"),
        Plant(
            testDescription: "a long file", rule: .form, what: "Long.swift", path: "Sources/Job/Long.swift",
            new: String(repeating: "\n", count: 401)),
    ]
}
