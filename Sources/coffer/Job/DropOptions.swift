import ArgumentParser
import Job
import Sealing

/// What a stream does when a part of it ends or cannot be read.
struct DropOptions: ParsableArguments {
    enum Choice: String, CaseIterable, ExpressibleByArgument {
        case stop, drop
    }

    @Option(
        name: .long,
        help: "When a consent or a page ends meanwhile: stop without an end, or drop the person or page and go on.")
    var onEnded: Choice = .stop

    @Option(
        name: .long,
        help: "When an object of the lake is missing or damaged: stop without an end, or drop the person and go on.")
    var onUnreadable: Choice = .stop

    var rules: DropRules { DropRules(ended: onEnded == .drop, unreadable: onUnreadable == .drop) }
}

extension Epoch.Summary {
    /// What the stream goes on without, for people. Pages that had been erased are only counted.
    var sentences: [String] {
        let people = leftOut.filter { $0.page == nil }.map {
            "left out: \($0.subject)\(Self.reason($0.rule, $0.entry))"
        }
        let pages = leftOut.count - people.count
        let gone = mustGo.map { gone in
            let day = gone.day.map { " on \(Output.date($0))" } ?? ""
            return "must go: every sample of \(gone.subject)\(day), "
                + "\(gone.samples) in all\(Self.reason(gone.rule, gone.entry))"
        }
        return people + (pages > 0 ? ["left out: \(pages) erased pages"] : []) + gone
    }

    private static func reason(_ rule: String, _ entry: UInt64?) -> String {
        " (rule \(rule)\(entry.map { ", entry \($0)" } ?? ""))"
    }

    var droppedMembers: [(String, JSONValue)] {
        [
            (
                "leftOut",
                .array(leftOut.map { Self.object($0.subject, nil, $0.page, $0.rule, $0.entry, samples: nil) })
            ),
            (
                "mustGo",
                .array(mustGo.map { Self.object($0.subject, $0.day, $0.page, $0.rule, $0.entry, samples: $0.samples) })
            ),
        ]
    }

    private static func object(
        _ subject: String, _ day: Day?, _ page: PageID?, _ rule: String, _ entry: UInt64?, samples: Int?
    ) -> JSONValue {
        var members: [(String, JSONValue)] = [("subject", .string(subject))]
        if let day { members.append(("day", .string(Output.date(day)))) }
        if let page { members.append(("page", .string(page.hex))) }
        members.append(("rule", .string(rule)))
        if let entry { members.append(("entry", .integer(Int(clamping: entry)))) }
        if let samples { members.append(("samples", .integer(samples))) }
        return .object(members)
    }

    /// Throws if who has the stream must take samples out of it.
    func requireNothingMustGo() throws(CofferError) {
        guard !mustGo.isEmpty else { return }
        throw CofferError(
            .mustGo, "The stream has its end, and \(mustGo.reduce(0) { $0 + $1.samples }) of its samples must go.",
            rule: "samples.go",
            hint: "Take out the people and days that are named above and in the manifest, or write to a file with -o.")
    }
}
