import ArgumentParser
import Foundation

extension Bench {
    /// From a grant to samples: the program itself, as `tools/bench` has prepared it, and age on the bytes that it wrote.
    struct Grant: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Samples of text and of screens, in every form.")

        @OptionGroup var options: PeerOptions
        @Option var coffer: String
        @Option(help: "The job's COFFER_HOME.") var home: String
        @Option(help: "A grant of prompts and terminals.") var words: String
        @Option(help: "A grant of screens and keys.") var sights: String

        /// One form of samples.
        private struct Form {
            let field: String
            let title: String
            let arguments: [String]
            let goal: Double
        }

        func run() throws {
            var report = BenchReport(bench: "grant", isQuick: options.quick)
            let age = try Age(directory: options.age)
            let tar = ["--grant", sights, "--format", "tar", "--images"]
            let forms = [
                Form(
                    field: "textRatioToAge", title: "text as JSON lines",
                    arguments: ["--grant", words, "--format", "jsonl"],
                    goal: 0.5),
                Form(field: "pngRatioToAge", title: "full-HD frames as PNG", arguments: tar + ["png"], goal: 0.25),
                Form(field: "rawRatioToAge", title: "  as NumPy arrays", arguments: tar + ["raw"], goal: 0.5),
                Form(field: "jpegRatioToAge", title: "  as JPEG", arguments: tar + ["jpeg"], goal: 0.5),
            ]
            for form in forms {
                let figures = try measure(form, age)
                report.figures += figures.lines
                report.fields.append((form.field, figures.ratio))
            }
            let firsts = try (0..<options.times).map { _ in try open(forms[0].arguments).firstLine }
            report.figures.append(Figure("first sample of text, from the command", "s", firsts, goal: .atMost(1)))
            report.fields.append(("firstSampleSeconds", Figure.Spread(firsts).median))
            report.notes = [
                "A job's whole run on all cores, with its start, asks and last look; ledger and brokers share the cores.",
                "Its output and age's go into nothing; the lake and what age opens are in memory.",
            ]
            report.print(json: options.json)
        }

        private func measure(_ form: Form, _ age: Age) throws -> (lines: [Figure], ratio: Double) {
            let file = options.age + "/samples"
            _ = try open(form.arguments, into: file)
            let bytes = Double(try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0)
            _ = try age.seal(file)
            try FileManager.default.removeItem(atPath: file)
            var (ours, theirs): ([ChildRun], [ChildRun]) = ([], [])
            for _ in 0..<options.times {
                ours.append(try open(form.arguments, into: "/dev/null"))
                theirs.append(try age.open())
            }
            let figure = Figure(
                form.title, "MB/s", ours.map { bytes / $0.seconds / 1e6 }, against: "age -d of the same bytes",
                theirs.map { bytes / $0.seconds / 1e6 }, goal: .atLeast(form.goal))
            let lines = [
                figure, Figure("  processor time", "s", ours.map(\.processor)),
                Figure("  most memory", "MB", ours.map { $0.memory / 1e6 }, goal: .atMost(150)),
            ]
            return (lines, figure.ratio?.median ?? .nan)
        }

        private func open(_ arguments: [String], into file: String? = nil) throws -> ChildRun {
            let environment = ["COFFER_HOME": home, "COFFER_JOB_KEY": home + "/key", "PATH": "/usr/bin:/bin"]
            let run = try ChildRun(
                coffer, ["job", "open", "--json"] + arguments, environment: environment, into: file)
            guard run.status == 0 else { throw BenchError("the job ended with \(run.status)") }
            return run
        }
    }
}
