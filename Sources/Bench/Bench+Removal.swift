import ArgumentParser
import Records
import Sealing

extension Bench {
    struct Removal: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How many megabytes of text a second are cleaned of secrets, on one core.")

        /// A line of code and one of prose; in one of sixteen pairs each stands a token.
        private static func text(_ kilobytes: Int) -> String {
            var text = ""
            var number = 0
            while text.utf8.count < kilobytes * 1_000 {
                number += 1
                text += "let total\(number) = items.map { $0.price * \(number &* 2_654_435_761) }\n"
                text += "On day \(number) the committee met at half past nine, and decided to meet again.\n"
                if number % 16 == 0 { text += "export TOKEN=ghp_\(String(repeating: "a1B2c3", count: 6))\n" }
            }
            return text
        }

        func run() throws {
            let removal = SecretRemoval(SecretFilter())
            let record = RecordContent.prompt(PromptContent(role: .user, text: Self.text(256))).record(at: 1)
            let clock = ContinuousClock()
            var speeds: [Double] = []
            for _ in 0..<9 {
                let began = clock.now
                guard removal.cleaned(record, kind: .prompt) != record else {
                    throw BenchError("nothing was taken out")
                }
                speeds.append(Double(record.encodedCount) / ((clock.now - began) / .seconds(1)) / 1e6)
            }
            print(Figure.Spread(speeds).median)
        }
    }
}
