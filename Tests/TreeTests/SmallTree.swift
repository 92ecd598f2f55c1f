/// A small tree in memory that keeps every rule, in which a test plants a fault.
enum SmallTree {
    private static let files = [
        "Package.swift": """
        let http = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
        let package = Package(
            targets: [
                library("Sealing", []),
                library("Broker", ["Sealing"]),
                library("Keyholder", ["Sealing"]),
                library("Job", ["Broker", "Sealing"]),
                library("Client", ["Sealing", http]),
                tests("Job", ["Job"]),
            ]
        )
        """,
        "Sources/Sealing/Box.swift": """
        /// A box (Design, "Boxes"), which `Sealing` makes. See keys/README.md.
        package struct Box {
            package init() {}
        }
        """,
        "Sources/Broker/Box+Broker.swift": """
        import Sealing

        extension Box {}
        """,
        "Sources/Keyholder/Box+Keyholder.swift": """
        import Sealing

        extension Box {}
        """,
        "Sources/Job/Box+Job.swift": """
        import Broker
        import Sealing

        extension Box {}
        """,
        "Sources/Client/Box+Client.swift": """
        import NIOCore
        import Sealing

        extension Box {}
        """,
        "Tests/JobTests/JobTests.swift": """
        import Job
        import Testing

        @Suite struct JobTests {
            @Test func opens() {}
        }
        """,
        "Tests/stories/a-story.sh": "#!/usr/bin/env bash\n",
        "Sources/coffer/Coffer.docc/Formats.md": """
        # Formats

        @TechnologyRoot

        <doc:Architecture>, <doc:Design>
        """,
        "Sources/coffer/Coffer.docc/Architecture.md": """
        # Architecture

        | module | what it holds | imports |
        | --- | --- | --- |
        | `Sealing` | boxes | |
        | `Broker` | asks | `Sealing` |
        | `Keyholder` | the employee | `Sealing` |
        | `Job` | samples | `Broker` |
        | `Client` | HTTP | `Sealing` |
        """,
        "Sources/coffer/Coffer.docc/Design.md": """
        # Design

        ## Boxes

        Shown by `JobTests.opens` and story `a-story`. The size is in [keys](../../../keys/README.md).
        """,
        ".github/CHANGELOG.md": "# Changelog\n\n## Unreleased\n",
        "keys/README.md": "# Keys\n",
    ]

    /// The small tree, with the old text of one file replaced, or with one more file.
    static func planted(_ path: String = "", _ old: String = "", _ new: String = "") -> Survey {
        var files = files
        files[path] = old.isEmpty ? new : files[path]?.replacing(old, with: new)
        return Survey(
            Tree(
                files.compactMap { path, text in
                    guard !path.isEmpty else { return nil }
                    return Tree.File(path: path, bytes: Array(text.utf8), isExecutable: path.hasSuffix(".sh"))
                }))
    }
}
