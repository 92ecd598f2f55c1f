import ArgumentParser
import Foundation

extension Bench {
    /// Imports recordings of a million events with the program itself, into a new vault each time.
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Recordings of a million events.")

        @OptionGroup var options: BenchOptions
        @Option var coffer: String
        @Option(help: "A signed charter; nobody is asked for anything.") var charter: String

        func run() throws {
            let count = options.quick ? 20_000 : 1_000_000
            var report = BenchReport(bench: "import", isQuick: options.quick)
            for shape in Shape.allCases {
                let folder = "\(options.directory)/import-\(shape.rawValue)"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let file = try shape.write(count, in: folder)
                let runs = try (0..<(options.rounds ?? (options.quick ? 1 : 3))).map { round in
                    try measure(file, shape, home: "\(folder)/home-\(round)")
                }
                try FileManager.default.removeItem(atPath: folder)
                let name = "\(count) \(shape.title)"
                report.figures += [
                    Figure(name, "s", runs.map(\.seconds), goal: .atMost(5)),
                    Figure("  processor time", "s", runs.map(\.processor)),
                    Figure("  most memory", "MB", runs.map { $0.memory / 1e6 }, goal: .atMost(150)),
                ]
                report.fields.append((shape.rawValue + "Seconds", runs.map(\.seconds).min() ?? .nan))
            }
            report.notes = [
                "The file is in the page cache; the vault is in the directory, and durable when a run ends."
            ]
            report.print(json: options.json)
        }

        private func measure(_ file: String, _ shape: Shape, home: String) throws -> ChildRun {
            try FileManager.default.createDirectory(
                atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let passphrase = home + "/passphrase"
            try Data("correct horse battery staple\n".utf8).write(to: URL(fileURLWithPath: passphrase))
            let environment = ["COFFER_HOME": home, "TZ": "UTC", "PATH": "/usr/bin:/bin"]
            func run(_ arguments: String...) throws -> ChildRun {
                let run = try ChildRun(coffer, arguments, environment: environment)
                guard run.status == 0 else { throw BenchError("coffer \(arguments[0]) failed") }
                return run
            }
            _ = try run("init", charter, "--passphrase-file", passphrase, "--sheet", home + "/sheet")
            let result = try run("import", file, "--format", shape.format)
            try FileManager.default.removeItem(atPath: home)
            return result
        }
    }
}

extension Bench.Import {
    /// What a recording of many events is.
    private enum Shape: String, CaseIterable {
        case pointer, cast, lines

        var title: String {
            switch self {
            case .pointer: "moves of a raw recording"
            case .cast: "events of a terminal"
            case .lines: "record lines of keys"
            }
        }

        var format: String {
            switch self {
            case .pointer: "agentnet"
            case .cast: "asciicast"
            case .lines: "jsonl"
            }
        }

        /// Writes the recording, an event each 20 ms, and returns its file.
        func write(_ count: Int, in folder: String) throws -> String {
            var text = ""
            let file: String
            switch self {
            case .pointer:
                file = folder + "/events.jsonl"
                let about =
                    #"{"system":"Linux","screen_width":1920,"screen_height":1080,"start_time":"2026-06-01 09:00:00"}"#
                try Data(about.utf8).write(to: URL(fileURLWithPath: folder + "/metadata.json"))
                for i in 0..<count {
                    let stamp = "\(1000 + i / 50).\(String(100 + i % 50 * 2).dropFirst())"
                    text += "{\"time_stamp\": \(stamp), \"action\": \"move\", \"x\": \(i % 1920), \"y\": \(i % 1080)}\n"
                }
            case .cast:
                file = folder + "/terminal.cast"
                text = "{\"version\": 2, \"width\": 80, \"height\": 24, \"timestamp\": 1780000000}\n"
                for i in 0..<count {
                    text +=
                        "[\(i / 50).\(String(100 + i % 50 * 2).dropFirst()), \"o\", \"\\u001b[1mline \(i)\\r\\n\"]\n"
                }
            case .lines:
                file = folder + "/lines.jsonl"
                for i in 0..<count {
                    text += "{\"t\":\(1_780_000_000_000 + 20 * i),\"kind\":\"keys\",\"app\":\"editor\","
                    text += "\"type\":\"\(i % 2 == 0 ? "press" : "release")\",\"key\":\"a\",\"source\":\"device\"}\n"
                }
            }
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            return file
        }
    }
}
