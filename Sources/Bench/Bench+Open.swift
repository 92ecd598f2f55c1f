import ArgumentParser
import Foundation
import Sealing

extension Bench {
    /// What of a segment is slow: its sealed bytes become records, as a job does it for every body.
    struct Open: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Sealed bodies to records, beside age.")

        @OptionGroup var options: PeerOptions

        func run() throws {
            var report = BenchReport(bench: "open", isQuick: options.quick)
            let age = try Age(directory: options.age)
            var ratios: [Double] = []
            for (kind, title) in [(Kind.prompt, "text"), (.screen, "screens")] {
                let bodies = try Bodies(kind, count: options.count)
                let bytes = bodies.sealedBytes
                let file = options.age + "/bodies"
                try Data(bytes).write(to: URL(fileURLWithPath: file))
                _ = try age.seal(file)
                var (ours, theirs, bare): ([Double], [Double], [Double]) = ([], [], [])
                for _ in 0..<options.times {
                    ours.append(Double(bytes.count) / (try bodies.open()) / 1e6)
                    theirs.append(Double(bytes.count) / (try age.open().seconds) / 1e6)
                    bare.append(Double(bytes.count) / (try bodies.openBare()) / 1e6)
                }
                try FileManager.default.removeItem(atPath: file)
                let figure = Figure(
                    "bodies of \(title) opened to records", "MB/s", ours, against: "age -d of the same bytes", theirs,
                    goal: .atLeast(3))
                report.figures += [
                    figure, Figure("  the same", "MB/s", ours, against: "bare AES-256-GCM of as many", bare),
                ]
                ratios.append(figure.ratio?.median ?? .nan)
            }
            report.fields = [("ratioToAge", ratios[0]), ("screensRatioToAge", ratios[1])]
            report.notes = ["Bodies and bare AES-256-GCM on all cores, in memory; age is a process of its own."]
            report.print(json: options.json)
        }
    }
}
