import Foundation
import Sealing

/// One line of a bench: the measured value, and the limit or peer measured in the same run.
struct Figure {
    /// The median of several rounds, with the least and the greatest.
    struct Spread {
        let median: Double
        let least: Double
        let most: Double

        init(_ values: [Double]) {
            let sorted = values.sorted()
            median = sorted.isEmpty ? .nan : sorted[sorted.count / 2]
            least = sorted.first ?? .nan
            most = sorted.last ?? .nan
        }
    }

    let name: String
    let unit: String
    let value: Spread
    /// The limit or peer to compare with, and its value.
    var against: (name: String, value: Spread)?
    /// Our value divided by theirs, for each round.
    var ratio: Spread?
    /// The goal for the ratio, or for the value if there is no ratio.
    var goal: Goal?

    enum Goal {
        case atLeast(Double)
        case atMost(Double)

        func isReached(_ value: Double) -> Bool {
            switch self {
            case .atLeast(let limit): value >= limit
            case .atMost(let limit): value <= limit
            }
        }

        var text: String {
            switch self {
            case .atLeast(let limit): "≥ \(number(limit))"
            case .atMost(let limit): "≤ \(number(limit))"
            }
        }
    }

    init(_ name: String, _ unit: String, _ values: [Double], goal: Goal? = nil) {
        self.name = name
        self.unit = unit
        self.value = Spread(values)
        self.goal = goal
    }

    /// Our values and theirs, measured in turn.
    init(_ name: String, _ unit: String, _ values: [Double], against: String, _ others: [Double], goal: Goal? = nil) {
        self.init(name, unit, values, goal: goal)
        self.against = (against, Spread(others))
        self.ratio = Spread(zip(values, others).map { $0 / $1 })
    }

    var verdict: String? {
        goal.map { $0.isReached(ratio?.median ?? value.median) ? "reached" : "not reached" }
    }
}

/// A number with four significant digits, for people.
func number(_ value: Double) -> String {
    guard value.isFinite else { return "—" }
    if abs(value) >= 1000 {
        var digits = String(Int(value.rounded()))
        for place in stride(from: digits.count - 3, to: value < 0 ? 1 : 0, by: -3) {
            digits.insert(" ", at: digits.index(digits.startIndex, offsetBy: place))
        }
        return digits
    }
    return String(format: abs(value) >= 100 ? "%.0f" : abs(value) >= 10 ? "%.1f" : "%.2f", value)
}

/// All figures of one bench, as a table or as JSON.
struct BenchReport {
    let bench: String
    let isQuick: Bool
    var figures: [Figure] = []
    /// The fields at the top of the JSON, by name.
    var fields: [(String, Double)] = []
    /// Notes for the reader, one sentence each.
    var notes: [String] = []

    func print(json: Bool) {
        Swift.print(json ? jsonText : table)
    }

    private var table: String {
        let titles = [
            "figure", "median", "spread", "unit", "against", "median", "ratio", "spread", "goal", "verdict",
        ]
        let rows = figures.map { figure in
            [
                figure.name, number(figure.value.median),
                "\(number(figure.value.least))…\(number(figure.value.most))", figure.unit, figure.against?.name ?? "",
                figure.against.map { number($0.value.median) } ?? "", figure.ratio.map { number($0.median) } ?? "",
                figure.ratio.map { "\(number($0.least))…\(number($0.most))" } ?? "", figure.goal?.text ?? "",
                figure.verdict ?? "",
            ]
        }
        let widths = titles.indices.map { column in ([titles] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
        let title = "\(bench)\(isQuick ? " (quick: figures of seconds)" : "")"
        return ([title, line(titles)] + rows.map(line) + notes.map { "  \($0)" }).joined(separator: "\n") + "\n"
    }

    private var jsonText: String {
        func spread(_ spread: Figure.Spread?) -> Any {
            guard let spread, spread.median.isFinite else { return NSNull() }
            return ["median": spread.median, "least": spread.least, "most": spread.most]
        }
        var object: [String: Any] = ["schema": "coffer.bench.v1", "bench": bench, "quick": isQuick, "notes": notes]
        for (name, value) in fields where value.isFinite { object[name] = value }
        object["figures"] = figures.map { figure in
            var line: [String: Any] = ["name": figure.name, "unit": figure.unit, "value": spread(figure.value)]
            if let against = figure.against {
                line["against"] = against.name
                line["other"] = spread(against.value)
                line["ratio"] = spread(figure.ratio)
            }
            if let goal = figure.goal { line["goal"] = goal.text }
            if let verdict = figure.verdict { line["verdict"] = verdict }
            return line
        }
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: options) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
