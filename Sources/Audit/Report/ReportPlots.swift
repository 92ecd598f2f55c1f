import Rules
import Sealing

/// The report's drawings.
struct ReportPlots {
    let report: Report
    /// The places of the purposes that each colour stands for. The purposes with the most releases have colours of their
    /// own, and the last colour is for all others together: nobody can hide a purpose there by publishing small ones
    /// first.
    let colors: [[Int]]
    private static let left = 56.0
    private static let right = 712.0

    init(report: Report) {
        self.report = report
        let places = report.purposes.indices.sorted { a, b in
            let (left, right) = (report.purposes[a].total.releases, report.purposes[b].total.releases)
            return (right, a) < (left, b)
        }
        let own = places.count > Self.colorCount ? Self.colorCount - 1 : Self.colorCount
        colors = places.prefix(own).map { [$0] } + (places.count > own ? [Array(places.dropFirst(own))] : [])
    }

    /// How many colours the style sheet has.
    private static let colorCount = 8

    // MARK: Releases

    func releases() -> String {
        let days = report.days
        let sums = report.releases.map { $0.reduce(0) { $0 + $1.releases } }
        let busiest = sums.indices.max { sums[$0] < sums[$1] } ?? 0
        let most = sums.max() ?? 0
        var plot = Plot(
            id: "releases", title: "Releases by purpose and \(days.name)",
            description:
                "Stacked bars, one a \(days.name), \(Calendar.date(days.first)) to \(Calendar.date(days.last)). "
                + "Most, \(most), on \(Calendar.date(days.day(busiest))). The table below has every number.",
            height: 260)
        let top = 14.0
        let bottom = 228.0
        let unit = plot.verticalAxis(most, left: Self.left, right: Self.right, top: top, bottom: bottom)
        dayAxis(&plot, bottom: bottom)
        let width = (Self.right - Self.left) / Double(days.count)
        let bar = max(min(width - (width > 4 ? 1.5 : 0), 48), 0.8)
        for (step, counts) in report.releases.enumerated() {
            var y = bottom
            let x = Self.left + (Double(step) + 0.5) * width - bar / 2
            for (color, places) in colors.enumerated() {
                let count = places.reduce(0) { $0 + counts[$1].releases }
                guard count > 0 else { continue }
                let height = Double(count) * unit
                y -= height
                let name = places.count > 1 ? "other purposes" : HTML.short(report.purposes[places[0]].purpose.name, 60)
                plot.rectangle(
                    x, y, bar, max(height - (height > 3 ? 1 : 0), 0.5), "c\(color)",
                    tip: "\(Calendar.date(days.day(step))): \(name), \(HTML.count(count, "release"))")
            }
        }
        return plot.svg
    }

    private func dayAxis(_ plot: inout Plot, bottom: Double) {
        let days = report.days
        let width = (Self.right - Self.left) / Double(days.count)
        let every = max(1, (days.count + 6) / 7)
        for step in stride(from: 0, to: days.count, by: every) {
            let x = Self.left + (Double(step) + 0.5) * width
            plot.line(x, bottom, x, bottom + 4, "axis")
            let anchor: Plot.Anchor = x > Self.right - 34 ? .end : .middle
            plot.text(min(x, Self.right), bottom + 18, Calendar.date(days.day(step)), anchor)
        }
    }

    // MARK: Refusals

    func refusals() -> String {
        let lines = report.refusals.prefix(12)
        let most = max(1, lines.map(\.count).max() ?? 1)
        let row = 24.0
        var plot = Plot(
            id: "refusals", title: "Refused entries by rule",
            description: "Bars, most first: "
                + lines.map { "\($0.rule) \($0.count)" }.joined(separator: ", ") + ".",
            height: 8 + row * Double(lines.count) + 6)
        let left = 168.0
        for (place, line) in lines.enumerated() {
            let y = 8 + row * Double(place)
            let width = max(1, (Self.right - left - 60) * Double(line.count) / Double(most))
            plot.text(left - 8, y + 14, HTML.short(line.rule, 24), .end, "t strong")
            plot.rectangle(left, y + 3, width, row - 8, "bad", tip: "\(line.rule): \(HTML.number(line.count))")
            plot.text(left + width + 6, y + 14, HTML.number(line.count))
        }
        plot.line(left, 6, left, 8 + row * Double(lines.count), "axis")
        return plot.svg
    }

    // MARK: Consents

    func people() -> String {
        let days = report.days
        var given = 0
        var ended = 0
        let sums = report.people.map { line in
            given += line.consents
            ended += line.revocations
            return (given, ended)
        }
        var plot = Plot(
            id: "people", title: "Consents and revocations so far",
            description: "Two rising step lines: \(given) consents given, \(ended) pseudonyms that revoked, up to "
                + "\(Calendar.date(days.last)). The table below has the numbers of each \(days.name).",
            height: 240)
        let top = 14.0
        let bottom = 208.0
        let right = Self.right - 96
        let unit = plot.verticalAxis(max(given, ended), left: Self.left, right: Self.right, top: top, bottom: bottom)
        dayAxis(&plot, bottom: bottom)
        let width = (Self.right - Self.left) / Double(days.count)
        for (kind, values) in [("given", sums.map(\.0)), ("ended", sums.map(\.1))] {
            var points = [(Self.left, bottom)]
            for (step, value) in values.enumerated() {
                let y = bottom - Double(value) * unit
                points.append((Self.left + Double(step) * width, y))
                points.append((Self.left + Double(step + 1) * width, y))
            }
            plot.path(points, "step \(kind)")
        }
        let high = bottom - Double(given) * unit
        let low = bottom - Double(ended) * unit
        plot.text(right + 90, max(high - 6, 12), "consents", .end, "t given-text")
        let below = abs(high - low) < 28
        plot.text(right + 90, below ? min(low + 14, bottom - 3) : low - 6, "revocations", .end, "t ended-text")
        return plot.svg
    }

    // MARK: Destructions

    func destructions() -> String {
        let buckets = report.destruction.buckets
        let most = buckets.map(\.count).max() ?? 0
        var plot = Plot(
            id: "destructions", title: "Time from revocation to destruction",
            description: "Bars, shortest first: "
                + buckets.map { "\($0.name) \($0.count)" }.joined(separator: ", ") + ".",
            height: 220)
        let top = 20.0
        let bottom = 188.0
        let unit = plot.verticalAxis(most, left: Self.left, right: Self.right, top: top, bottom: bottom)
        let width = (Self.right - Self.left) / Double(buckets.count)
        for (place, bucket) in buckets.enumerated() {
            let x = Self.left + width * (Double(place) + 0.5)
            let height = Double(bucket.count) * unit
            let isLast = place == buckets.count - 1
            if bucket.count > 0 {
                plot.rectangle(
                    x - 26, bottom - height, 52, max(height, 0.8), isLast ? "bad" : "good",
                    tip: "\(bucket.name): \(HTML.number(bucket.count))")
                plot.text(x, bottom - height - 5, HTML.number(bucket.count), .middle)
            }
            plot.text(x, bottom + 18, bucket.name, .middle)
        }
        return plot.svg
    }

    // MARK: Witnesses

    func witnesses() -> String {
        let lines = report.witnesses.lines
        let row = 22.0
        var plot = Plot(
            id: "witnesses", title: "Cosignatures over time",
            description:
                "One strip a cosigner, from \(Calendar.minute(report.witnesses.from)) to "
                + "\(Calendar.minute(report.witnesses.to)): full where it signed every checkpoint seen, half where it signed "
                + "some, a thin line where it signed none, empty where no checkpoint was seen. "
                + lines.map { "\($0.name) \($0.signed) of \(report.witnesses.checkpoints)" }.joined(separator: ", ")
                + ".",
            height: 10 + row * Double(lines.count) + 24)
        let left = 168.0
        let width = (Self.right - left) / Double(WitnessLines.columns)
        for (place, line) in lines.enumerated() {
            let y = 8 + row * Double(place)
            plot.text(left - 8, y + 14, HTML.short(line.name, 22), .end)
            plot.line(left, y + 16, Self.right, y + 16, "grid")
            for (column, share) in line.columns.enumerated() {
                guard let share else { continue }
                let x = left + Double(column) * width
                switch share {
                case 1: plot.rectangle(x, y + 4, width - 0.8, 12, "good")
                case 0: plot.rectangle(x, y + 14.5, width - 0.8, 1.5, "bad")
                default: plot.rectangle(x, y + 10, width - 0.8, 6, "good")
                }
            }
        }
        let y = 10 + row * Double(lines.count) + 14
        plot.text(left, y, Calendar.minute(report.witnesses.from))
        if report.witnesses.to > report.witnesses.from {
            plot.text(Self.right, y, Calendar.minute(report.witnesses.to), .end)
        }
        return plot.svg
    }
}
