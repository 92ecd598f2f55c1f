import Foundation
import Keys
import Sealing
import Testing

@testable import Drill

/// The whole drill on a small organisation, and on the same with something wrong.
@Suite("Drill")
struct DrillTests {
    private func drill(_ world: CopiedOrganisation) async throws -> DrillReport {
        let scratch = world.directory + "-scratch"
        try Folders.create(scratch, mode: 0o700)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        return try await Drill(
            on: world.directory, scratch: scratch, job: try world.job.noteKey, now: { CopiedOrganisation.now },
            talk: { _ in }
        ).run()
    }

    @Test("Nothing opens if one part is missing")
    func nothingOpensWithOnePartMissing() async throws {
        let world = try CopiedOrganisation()
        defer { world.remove() }
        let report = try await drill(world)
        #expect(report.hits == [])
        // Words in 10 files, pixels in 8; more where base64 has characters that its URL alphabet writes otherwise.
        #expect(report.control == report.controlExpected && report.control >= 18)
        #expect(report.all.opened == 1 && report.all.samples > 0)
        #expect(report.limit.opened > 0)
        #expect(
            Set(report.attempts.map(\.withheld)) == [
                "consent", "group company", "group council", "log entry", "job key",
            ])
        for attempt in report.attempts {
            #expect(attempt.opened == 0 && attempt.samples == 0, "\(attempt)")
            #expect(!attempt.stopped.isEmpty, "\(attempt)")
        }
        #expect(report.isPassed)
    }

    /// Each part stops the attempt for its own reason, not for a mistake of the drill's.
    @Test("Each attempt is stopped by its rule")
    func eachAttemptIsStoppedByItsRule() async throws {
        let world = try CopiedOrganisation()
        defer { world.remove() }
        let stopped = try await drill(world).attempts.reduce(into: [String: [String]]()) {
            $0[$1.withheld, default: []].append($1.stopped)
        }
        #expect(stopped["consent"]?.first?.hasPrefix("release") == true)
        #expect(stopped["group company"]?.first?.contains("brokers of group company") == true)
        #expect(stopped["group council"]?.first?.contains("brokers of group council") == true)
        #expect(stopped["group company"]?.count == 4)
        #expect(stopped["log entry"]?.first?.hasPrefix("release") == true)
        #expect(stopped["job key"]?.first?.hasPrefix("release") == true)
        #expect(stopped["job key"]?.dropLast().last?.contains("openings were refused") == true)
        #expect(stopped["job key"]?.dropLast().last?.hasPrefix("0 ") == false)
        #expect(stopped["job key"]?.last?.contains("answers came") == true)
        #expect(stopped["job key"]?.last?.hasPrefix("0 ") == false)
    }

    /// Words in a log are found, and so is a record in clear.
    @Test("Plaintext is found")
    func plaintextIsFound() async throws {
        let world = try CopiedOrganisation()
        defer { world.remove() }
        let line = Data(CopiedOrganisation.words.utf8).base64EncodedString()
        try Data("debug \(line)\n".utf8).write(to: URL(filePath: world.directory + "/log/agent"))
        try Data(#"{"type":"press","key":"t","source":"device"}"#.utf8).write(
            to: URL(filePath: world.directory + "/employee/data/cache"))
        let report = try await drill(world)
        #expect(!report.isPassed)
        #expect(Set(report.hits.map(\.path)) == ["log/agent", "employee/data/cache"])
    }

    /// A broker that was given every sub-key is a whole threshold, and the drill says so.
    @Test("A lost threshold is found")
    func aLostThresholdIsFound() async throws {
        let world = try CopiedOrganisation(generous: true)
        defer { world.remove() }
        let report = try await drill(world)
        #expect(!report.isPassed)
        #expect(report.attempts.contains { $0.withheld == "group company" && $0.opened > 0 })
    }

    @Test("An incomplete copy is named")
    func anIncompleteCopyIsNamed() async throws {
        let world = try CopiedOrganisation()
        defer { world.remove() }
        try FileManager.default.removeItem(atPath: world.directory + "/org/council-1")
        await #expect(throws: CofferError(.configuration, "")) { try await drill(world) }
        try FileManager.default.removeItem(atPath: world.directory + "/charter")
        await #expect(throws: CofferError(.configuration, "")) { try await drill(world) }
    }

    /// The folder that is drilled on stays as it was.
    @Test("The folder is not changed")
    func theFolderIsNotChanged() async throws {
        let world = try CopiedOrganisation()
        defer { world.remove() }
        func picture() throws -> [String: String] {
            var picture: [String: String] = [:]
            for path in try Folders.files(below: world.directory) {
                let file = "\(world.directory)/\(path)"
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int ?? 0
                picture[path] = "\(mode) \(Hash256(of: Bytes(try Data(contentsOf: URL(filePath: file)))))"
            }
            return picture
        }
        let before = try picture()
        _ = try await drill(world)
        #expect(try picture() == before)
    }
}
