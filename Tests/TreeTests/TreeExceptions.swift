/// What may break a rule, each with its reason. At most forty, and each is needed: one that excuses nothing is refused.
struct TreeException: Sendable {
    let rule: Rule
    /// A file, or the begin of a path.
    let path: String
    let what: String
    let reason: String

    func excuses(_ finding: Finding) -> Bool {
        rule == finding.rule && what == finding.what && finding.path.hasPrefix(path)
    }

    static let atMost = 40

    static let all: [TreeException] = [
        TreeException(
            rule: .unusedNames, path: "Sources/coffer/Support/Main.swift", what: "Main",
            reason: "The attribute @main starts it."),
        TreeException(
            rule: .unusedNames, path: "Sources/coffer-simulate/", what: "Simulate",
            reason: "The attribute @main starts it."),
        TreeException(
            rule: .unusedNames, path: "Sources/coffer-simulate/", what: "allValueStrings",
            reason: "The library for arguments asks for it."),
        TreeException(
            rule: .unusedNames, path: "Sources/coffer/", what: "validate",
            reason: "The library for arguments calls it."),
        TreeException(
            rule: .unusedNames, path: "Sources/Serving/", what: "callAsFunction",
            reason: "The compiler calls it when a value is called."),
        TreeException(
            rule: .unusedNames, path: "Sources/Serving/Limits/", what: "OutboundIn",
            reason: "SwiftNIO's protocol asks for the type."),
        TreeException(
            rule: .unusedNames, path: "Sources/Serving/", what: "OutboundOut",
            reason: "SwiftNIO's protocol asks for the type."),
        TreeException(
            rule: .unusedNames, path: "Sources/Serving/", what: "InboundOut",
            reason: "SwiftNIO's protocol asks for the type."),
        TreeException(
            rule: .unusedNames, path: "Sources/Serving/Limits/", what: "channelInactive",
            reason: "SwiftNIO calls it."),
        TreeException(
            rule: .unusedNames, path: "Sources/Serving/Limits/", what: "handlerRemoved",
            reason: "SwiftNIO calls it."),
        TreeException(
            rule: .unusedNames, path: "Sources/Serving/Limits/", what: "channelActive", reason: "SwiftNIO calls it."),
        TreeException(
            rule: .unusedNames, path: "Sources/Serving/Limits/", what: "userInboundEventTriggered",
            reason: "SwiftNIO calls it."),
        TreeException(
            rule: .unusedNames, path: "Sources/CofferTestKit/Blocking.swift", what: "enqueue",
            reason: "Swift's tasks call it."),
        TreeException(
            rule: .symbols, path: "Tests/LedgerTests/TorchwoodTranscriptTests.swift", what: "litewitness",
            reason: "A path in another project's tree."),
        TreeException(
            rule: .symbols, path: "Tests/LedgerTests/", what: "testdata",
            reason: "A folder in another project's tree."),
        TreeException(
            rule: .symbols, path: "Sources/Ledger/Notes/", what: "hex8", reason: "Notation: eight hexadecimal digits."),
        TreeException(
            rule: .symbols, path: "Sources/Job/Samples/Sample.swift", what: "segment8",
            reason: "Notation: the first eight digits of a segment's id."),
        TreeException(
            rule: .symbols, path: "Sources/coffer/Coffer.docc/Design.md", what: "unix", reason: "Notation of a time."),
        TreeException(
            rule: .symbols, path: "Sources/coffer/Coffer.docc/State.md", what: "opt",
            reason: "Notation that the page defines."),
        TreeException(
            rule: .symbols, path: "Sources/coffer/Coffer.docc/", what: "Retry",
            reason: "A field of HTTP, of which code has the library's name."),
        TreeException(
            rule: .symbols, path: "Sources/Records/InputContent.swift", what: "Shift_L",
            reason: "A key symbol of X11, which comes from the system."),
        TreeException(
            rule: .symbols, path: "Sources/Serving/ListenAddress.swift", what: "IPv6", reason: "A kind of address."),
        TreeException(
            rule: .placeholders, path: ".github/CONTRIBUTING.md", what: "TO" + "DO", reason: "The guide forbids it."),
        TreeException(
            rule: .placeholders, path: ".github/CONTRIBUTING.md", what: "FIX" + "ME", reason: "The guide forbids it."),
        TreeException(
            rule: .placeholders, path: ".github/CONTRIBUTING.md", what: "XX" + "X", reason: "The guide forbids it."),
        TreeException(
            rule: .symbols, path: ".github/CONTRIBUTING.md", what: "area", reason: "The form of a commit's subject."),
        TreeException(
            rule: .symbols, path: ".github/CONTRIBUTING.md", what: "docs", reason: "An area of commits."),
    ]
}
