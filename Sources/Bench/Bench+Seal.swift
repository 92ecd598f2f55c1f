import ArgumentParser
import Foundation
import Sealing

extension Bench {
    /// Records to sealed segments, as a vault closes them.
    struct Seal: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Records to segments, beside age.")

        @OptionGroup var options: PeerOptions

        func run() throws {
            var report = BenchReport(bench: "seal", isQuick: options.quick)
            let age = try Age(directory: options.age)
            let bodies = try Bodies(.prompt, count: options.count)
            let bytes = try bodies.recordBytes
            let file = options.age + "/records"
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            var (ours, theirs): ([Double], [Double]) = ([], [])
            for _ in 0..<options.times {
                ours.append(Double(bytes.count) / (try bodies.seal()) / 1e6)
                theirs.append(Double(bytes.count) / (try age.seal(file).seconds) / 1e6)
            }
            try FileManager.default.removeItem(atPath: file)
            let figure = Figure(
                "records sealed as segments", "MB/s", ours, against: "age -r of the same bytes", theirs,
                goal: .atLeast(2))
            report.figures = [figure]
            report.fields = [("ratioToAge", figure.ratio?.median ?? .nan)]
            report.notes = ["On all cores, each segment with its key, header and signed label; age writes to memory."]
            report.print(json: options.json)
        }
    }
}
