import Foundation

/// age, the peer: what it takes to seal or open the same bytes, each time as a process of its own.
struct Age {
    /// A folder in memory with age's `key`, and its `recipient`.
    let directory: String
    let recipient: String

    init(directory: String) throws {
        self.directory = directory
        recipient = try String(contentsOfFile: directory + "/recipient", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private var sealed: String { directory + "/sealed.age" }

    /// `age -r`, into a file in memory.
    func seal(_ file: String) throws -> ChildRun { try run(["-r", recipient, "-o", sealed, file]) }

    /// `age -d` of what was sealed last, into nothing.
    func open() throws -> ChildRun { try run(["-d", "-i", directory + "/key", "-o", "/dev/null", sealed]) }

    private func run(_ arguments: [String]) throws -> ChildRun {
        let run = try ChildRun("/usr/bin/age", arguments, environment: [:])
        guard run.status == 0 else { throw BenchError("age ended with \(run.status)") }
        return run
    }
}
