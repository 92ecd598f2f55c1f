import CofferTestKit
import Foundation
import Rules
import Sealing
import Testing

/// Writes some of what these tests try as vectors for the independent reader, Tests/Vectors/apply-attempts.json, when
/// `COFFER_WRITE_APPLY_VECTORS` is set; all of it when that is `all`.
@Suite(
    "Making the vectors of the rules",
    .enabled(
        if: ProcessInfo.processInfo.environment["COFFER_WRITE_APPLY_VECTORS"] != nil,
        "COFFER_WRITE_APPLY_VECTORS is not set"))
struct ApplyVectorMaking {
    /// What one replayer is likely to see otherwise than another.
    static let told: Set = [
        "a waiting amendment's key as a pseudonym",
        "a waiting amendment's key as a job",
        "a new reviewer before the notice has passed",
        "a new reviewer after it",
        "a consent to the old roster: the brokers only moved",
        "a consent to the old roster lives on",
        "unless the amendment ends it",
        "the last week there can be",
        "the id of sixteen zeros",
        "a good line and an unknown type of line by the same name",
    ]

    @Test("Every attempt is judged as its vector says")
    func attempts() throws {
        let all =
            HeadingTests.cases + AmendTests.cases + PeopleTests.cases + ReleaseTests.grants + ReleaseTests.releases
            + ReleaseTests.rest
        let isAll = ProcessInfo.processInfo.environment["COFFER_WRITE_APPLY_VECTORS"] == "all"
        let attempts = all.filter { isAll || Self.told.contains($0.what) }
        let vectors = try attempts.map { attempt in
            var scenario = Scenario()
            let programme = scenario.programme()
            _ = try attempt.attempt(&scenario, programme)
            return ApplyVectorTests.Case(
                description: attempt.testDescription, origin: Scenario.origin,
                charter: HexBytes(scenario.charter.hash.bytes),
                entries: try scenario.entries.map { entry in
                    ApplyVectorTests.Case.Logged(
                        stamp: entry.stamp, note: try #require(String(validating: entry.note, as: UTF8.self)))
                },
                verdicts: scenario.verdicts.map { $0.rule ?? "accepted" })
        }
        let description = "What the tests of the rules try in a programme that runs, and each entry's verdict."
        try VectorFile(description: description, cases: vectors).write("apply-attempts.json")
    }
}
