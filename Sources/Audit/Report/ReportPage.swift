import Ledger
import Rules
package import Sealing

/// A report as one static page with inline SVG, without scripts or external files.
///
/// The same report gives the same bytes. The first line is a comment with the hash of everything after it, the page's
/// checkpoint and the answer's assumption. `tail -n +2 FILE | sha256sum` checks the hash.
package struct ReportPage {
    private let report: Report
    private let plots: ReportPlots

    package init(_ report: Report) {
        self.report = report
        self.plots = ReportPlots(report: report)
    }

    package var bytes: Bytes {
        let page = Array(html.utf8)
        let first =
            "<!-- sha256 \(Hash256(of: page).hex) size \(report.size) root \(report.root.hex) "
            + "assumption: \(HTML.escape(Affected.assumption)) -->\n"
        return Array(first.utf8) + page
    }

    private var html: String {
        let style = Base64.encode(Hash256(of: ReportStyle.css.utf8).bytes)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-\(style)'; \
            base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <title>Audit report: \(HTML.escape(report.origin))</title>
            <style>\(ReportStyle.css)</style>
            </head>
            <body>
            <main>
            \(header)\(releases)\(jobs)\(refusals)\(people)\(destructions)\(witnesses)\(overdue)\(unclaimed)\(footer)</main>
            </body>
            </html>

            """
    }

    private var header: String {
        let facts: [(String, String)] = [
            (HTML.number(report.purposes.reduce(0) { $0 + $1.total.releases }), "releases"),
            (HTML.number(report.purposes.reduce(0) { $0 + $1.total.pages }), "pages named"),
            (HTML.number(report.affected), "pseudonyms read"),
            (HTML.number(report.liveConsents), "consents in force"),
            (HTML.number(report.people.reduce(0) { $0 + $1.revocations }), "revocations"),
            (HTML.number(report.refused), "entries refused"),
            (HTML.number(report.destruction.waiting), "revoked, not yet destroyed"),
            (HTML.number(report.overdue.count), "outcomes overdue"),
            (HTML.number(report.unclaimed.reduce(0) { $0 + $1.releases.count }), "releases in no manifest"),
        ]
        let list = facts.map { "<li><b>\($0)</b><span>\($1)</span></li>" }.joined(separator: "\n")
        return """
            <header>
            <h1>Who read what, and for what</h1>
            <p class="soft">\(HTML.isolated(report.origin)), \(HTML.number(report.size)) entries, \
            \(Calendar.element(report.began)) to \(Calendar.element(report.asOf))</p>
            </header>
            \(demo)<p class="note">\(HTML.escape(Affected.assumption)) Broker groups: \
            \(HTML.escape(report.groups.joined(separator: ", "))). Every accepted release counts as an access, answered \
            or not. People are shown as pseudonyms.</p>
            <ul class="facts">
            \(list)
            </ul>
            \(halts)
            """
    }

    private var demo: String {
        report.isDemo
            ? "<p class=\"note warn\">This is a demonstration: its charter lets agents shift their clocks.</p>\n" : ""
    }

    private var halts: String {
        guard !report.halts.isEmpty else { return "" }
        let rows = report.halts.map { halt in
            [
                HTML.number(halt.mark.index), Calendar.element(halt.mark.time),
                halt.lifted.map(Calendar.element) ?? "in force",
            ]
        }
        return details(
            HTML.table(
                "Halts of the whole programme",
                [.init(name: "Entry", isNumber: true), .init(name: "Halted"), .init(name: "Resumed")], rows),
            "Halts: \(HTML.number(rows.count))", isOpen: rows.count <= 5)
    }

    // MARK: Sections

    private var releases: String {
        let heading = """
            <h2>Releases by purpose and \(report.days.name)</h2>
            <p class="soft">A release is a job's logged request for pages; an accepted one counts as an access.</p>

            """
        guard report.purposes.contains(where: { $0.total.releases > 0 }) else {
            return heading + nothing("No release has been accepted.") + purposes
        }
        let key = plots.colors.enumerated().compactMap { color, places -> String? in
            guard let first = places.first, places.contains(where: { report.purposes[$0].total.releases > 0 }) else {
                return nil
            }
            let name =
                places.count > 1 ? "\(places.count) others" : HTML.short(report.purposes[first].purpose.name, 60)
            return
                "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"c\(color)\" width=\"10\" height=\"10\"/></svg>\(HTML.isolated(name))</li>"
        }
        var rows: [[String]] = []
        for (step, counts) in report.releases.enumerated() {
            for (place, count) in counts.enumerated() where count.releases > 0 {
                rows.append([
                    Calendar.date(report.days.day(step)), HTML.isolated(report.purposes[place].purpose.name),
                    HTML.number(count.releases), HTML.number(count.pages),
                ])
            }
        }
        let step = report.days.heading
        return heading
            + figure(plots.releases(), "Accepted releases, each \(report.days.name) in UTC.")
            + "<ul class=\"key\">\(key.joined(separator: "\n"))</ul>\n"
            + details(
                HTML.table(
                    "Accepted releases and the pages they named",
                    [
                        .init(name: step), .init(name: "Purpose"), .init(name: "Releases", isNumber: true),
                        .init(name: "Pages", isNumber: true),
                    ], rows),
                "Table: \(HTML.count(rows.count, "line"))", isOpen: rows.count <= 8) + purposes
    }

    private var purposes: String {
        guard !report.purposes.isEmpty else { return nothing("No purpose has been published.") }
        let rows = report.purposes.map { line in
            let ended = line.withdrawn.map { "withdrawn \(Calendar.dateElement($0))" }
            return [
                HTML.isolated(line.purpose.name), HTML.isolated(line.purpose.owner),
                HTML.isolated(line.purpose.basis),
                ended ?? "until \(Calendar.dateElement(line.purpose.ends))",
                HTML.number(line.people), HTML.number(line.total.releases), HTML.number(line.total.pages),
            ]
        }
        return HTML.table(
            "Purposes",
            [
                .init(name: "Purpose"), .init(name: "Owner"), .init(name: "Legal basis"), .init(name: "Ends"),
                .init(name: "People read", isNumber: true), .init(name: "Releases", isNumber: true),
                .init(name: "Pages", isNumber: true),
            ], rows)
            + details(
                "<dl>"
                    + report.purposes.map {
                        "<dt>\(HTML.isolated($0.purpose.name))</dt><dd>\(HTML.isolated($0.purpose.text)) Takes "
                            + HTML.escape(
                                "\($0.purpose.kinds.map(\.rawValue).joined(separator: ", ")) of "
                                    + "\($0.purpose.apps.map(\.string).joined(separator: ", ")).")
                            + " Outputs: \(HTML.isolated($0.purpose.outputs)) <code>\($0.hash.hex)</code></dd>"
                    }.joined(separator: "\n") + "</dl>\n", "What each purpose says", isOpen: false)
    }

    private var jobs: String {
        let heading = "<h2>Jobs that read</h2>\n"
        guard !report.jobs.isEmpty else { return heading + nothing("No job has been given a page.") }
        let rows = report.jobs.map { line in
            [
                "<code>\(line.job.hash.prefix8)</code>", HTML.isolated(report.purposes[line.purpose].purpose.name),
                HTML.number(line.total.releases), HTML.number(line.total.pages), Calendar.element(line.last),
            ]
        }
        let table = HTML.table(
            "Each job by the first digits of its key",
            [
                .init(name: "Job"), .init(name: "Purpose"), .init(name: "Releases", isNumber: true),
                .init(name: "Pages", isNumber: true), .init(name: "Last release"),
            ], rows)
        return heading + (rows.count <= 20 ? table : details(table, "Table: \(rows.count) lines", isOpen: false))
    }

    private var refusals: String {
        let heading = """
            <h2>Refusals by rule</h2>
            <p class="soft">A refused entry stays in the log as evidence and changes nothing.</p>

            """
        guard !report.refusals.isEmpty else { return heading + nothing("Nothing has been refused.") }
        let rows = report.refusals.map { line in
            [
                "<code>\(HTML.escape(line.rule))</code>", HTML.isolated(line.message), HTML.number(line.count),
                HTML.number(line.last),
            ]
        }
        return heading + figure(plots.refusals(), "Entries refused, by the first rule that each broke.")
            + details(
                HTML.table(
                    "Refusals",
                    [
                        .init(name: "Rule"), .init(name: "What it says"), .init(name: "Entries", isNumber: true),
                        .init(name: "Last entry", isNumber: true),
                    ], rows), "Table: \(HTML.count(rows.count, "rule"))", isOpen: rows.count <= 8)
    }

    private var people: String {
        let heading = "<h2>Consents and revocations</h2>\n"
        let rows = report.people.enumerated().filter { $0.element != Report.PeopleLine() }.map { step, line in
            [
                Calendar.date(report.days.day(step)), HTML.number(line.consents), HTML.number(line.revocations),
                HTML.number(line.dismissals),
            ]
        }
        guard !rows.isEmpty else { return heading + nothing("No one has consented or revoked.") }
        return heading
            + figure(
                plots.people(),
                "Consents given and pseudonyms revoked, summed up. Consents also end by expiry and dismissal.")
            + details(
                HTML.table(
                    "New in each \(report.days.name)",
                    [
                        .init(name: report.days.length == 1 ? "Day (UTC)" : "From"),
                        .init(name: "Consents", isNumber: true), .init(name: "Revocations", isNumber: true),
                        .init(name: "Dismissals", isNumber: true),
                    ], rows), "Table: \(HTML.count(rows.count, "line"))", isOpen: rows.count <= 8)
    }

    private var destructions: String {
        let destruction = report.destruction
        let heading = """
            <h2>From revocation to destruction</h2>
            <p class="soft">How long until n − t + 1 brokers of one group had logged that they hold nothing of the \
            consent any more. From then on it cannot be evaluated.</p>

            """
        guard destruction.revoked > 0 else { return heading + nothing("No consent has been revoked.") }
        var words = "\(HTML.count(destruction.revoked, "revoked consent"))"
        if let median = destruction.median, let longest = destruction.longest {
            words += "; half were destroyed within \(Calendar.span(median)), the slowest took \(Calendar.span(longest))"
        }
        words += destruction.waiting > 0 ? "; \(HTML.number(destruction.waiting)) not yet." : "."
        let rows = destruction.buckets.map { [HTML.escape($0.name), HTML.number($0.count)] }
        let oldest = destruction.oldest.map { mark in
            [
                HTML.number(mark.index), Calendar.element(mark.time),
                Calendar.span(report.asOf - mark.time),
            ]
        }
        return heading + figure(plots.destructions(), words)
            + details(
                HTML.table(
                    "Revoked consents", [.init(name: "Destroyed after"), .init(name: "Consents", isNumber: true)], rows)
                    + (oldest.isEmpty
                        ? ""
                        : HTML.table(
                            "Waiting longest, twenty at most",
                            [
                                .init(name: "Revoked at entry", isNumber: true), .init(name: "When"),
                                .init(name: "Waits", isNumber: true),
                            ], oldest)),
                "Table", isOpen: destruction.waiting > 0 && oldest.count <= 5)
    }

    private var witnesses: String {
        let witnesses = report.witnesses
        let rows = witnesses.lines.map { line in
            [
                HTML.isolated(line.name), line.kind,
                "\(HTML.number(line.signed)) of \(HTML.number(witnesses.checkpoints))",
                line.isOnNewest ? "yes" : "no", line.last.map(Calendar.element) ?? "never",
                line.times.count > 1 ? Calendar.span(line.longestSilence) : "–",
            ]
        }
        let seen =
            witnesses.checkpoints == 1
            ? "Only the newest checkpoint is known here: `coffer audit mirror` and `audit watch` keep a history."
            : "\(HTML.number(witnesses.checkpoints)) checkpoints were kept, one in ten minutes at most."
        return """
            <h2>Freshness of the witnesses</h2>
            <p class="soft">\(report.quorum) of \(witnesses.lines.count) must cosign each head. \
            \(HTML.escape(seen.replacing("`", with: "")))</p>

            """
                + figure(
                    plots.witnesses(),
                    "High where a cosigner signed every checkpoint seen, half where it signed some, a thin line where none."
                )
                + HTML.table(
                    "Cosigners",
                    [
                        .init(name: "Cosigner"), .init(name: "Kind"), .init(name: "Checkpoints", isNumber: true),
                        .init(name: "Newest"), .init(name: "Last cosigned"),
                        .init(name: "Longest silence", isNumber: true),
                    ], rows)
    }

    private var overdue: String {
        let heading = """
            <h2>Outcomes overdue</h2>
            <p class="soft">A job logs the outcome when its grant is over, and logs again when it has disposed of a \
            model that it kept.</p>

            """
        guard !report.overdue.isEmpty else { return heading + nothing("No outcome is overdue.") }
        let rows = report.overdue.prefix(200).map { line in
            let reason =
                switch line.reason {
                case .missing: "read, then the grant ended without an outcome"
                case .kept(let model): "kept model <code>\(model.prefix8)</code> beyond its time"
                }
            return [
                HTML.number(line.grant.mark.index), HTML.isolated(line.purpose),
                "<code>\(line.grant.grant.job.hash.prefix8)</code>", reason, Calendar.element(line.since),
            ]
        }
        let more = report.overdue.count - rows.count
        return heading
            + HTML.table(
                "Longest overdue first" + (more > 0 ? "; \(HTML.number(more)) more are not shown" : ""),
                [
                    .init(name: "Grant at entry", isNumber: true), .init(name: "Purpose"), .init(name: "Job"),
                    .init(name: "What is missing"), .init(name: "Since"),
                ], Array(rows))
    }

    private var unclaimed: String {
        let heading = """
            <h2>Releases in no manifest</h2>
            <p class="soft">A job that logs an outcome names the releases in its stream's manifest. A release in none was \
            for a stream that failed, or one that the job has not told about. A manifest shows what a job claims to have \
            read, not what a model was trained on.</p>

            """
        guard !report.unclaimed.isEmpty else { return heading + nothing("Every release is in a manifest.") }
        let rows = report.unclaimed.prefix(200).map { line in
            let first = line.releases.prefix(8).map { HTML.number($0) }.joined(separator: " · ")
            return [
                HTML.number(line.grant.mark.index), HTML.isolated(line.purpose),
                "<code>\(line.grant.grant.job.hash.prefix8)</code>", HTML.number(line.releases.count),
                first + (line.releases.count > 8 ? " …" : ""),
            ]
        }
        let more = report.unclaimed.count - rows.count
        return heading
            + HTML.table(
                "By grant" + (more > 0 ? "; \(HTML.number(more)) more are not shown" : ""),
                [
                    .init(name: "Grant at entry", isNumber: true), .init(name: "Purpose"), .init(name: "Job"),
                    .init(name: "Releases", isNumber: true), .init(name: "At entries"),
                ], Array(rows))
    }

    private var footer: String {
        """
        <footer>
        <p>Computed from the log only, by replaying all of its entries. Anyone who has the charter and the log can \
        compute this page again, byte for byte. The first line of the file holds the SHA-256 of all that follows it: \
        <code>tail -n +2 FILE | sha256sum</code></p>
        <dl>
        <dt>Charter</dt><dd><code>\(report.charter.hex)</code></dd>
        <dt>Entries</dt><dd>\(HTML.number(report.size)): \(HTML.number(report.accepted)) accepted, \
        \(HTML.number(report.refused)) refused</dd>
        <dt>Root</dt><dd><code>\(report.root.hex)</code></dd>
        <dt>As of</dt><dd>\(Calendar.element(report.asOf)), when a quorum had cosigned the checkpoint</dd>
        </dl>
        </footer>

        """
    }

    // MARK: Parts

    private func figure(_ svg: String, _ caption: String) -> String {
        """
        <figure>
        <div class="scroll" tabindex="0">
        \(svg)</div>
        <figcaption>\(HTML.escape(caption))</figcaption>
        </figure>

        """
    }

    private func details(_ content: String, _ summary: String, isOpen: Bool) -> String {
        "<details\(isOpen ? " open" : "")><summary>\(HTML.escape(summary))</summary>\n\(content)</details>\n"
    }

    private func nothing(_ words: String) -> String { "<p>\(HTML.escape(words))</p>\n" }
}
