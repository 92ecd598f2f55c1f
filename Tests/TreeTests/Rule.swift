/// The rules that the tree keeps. Each reads a survey and says what breaks it.
enum Rule: String, CaseIterable, Sendable {
    case floors
    case dependencies
    case reach
    case purity
    case references
    case symbols
    case shownBy
    case placeholders
    case unusedFiles
    case unusedNames
    case prose
    case form
    case streams

    func findings(in survey: Survey) -> [Finding] {
        switch self {
        case .floors: floors(survey)
        case .dependencies: dependencies(survey)
        case .reach: reach(survey)
        case .purity: purity(survey)
        case .references: references(survey)
        case .symbols: symbols(survey)
        case .shownBy: shownBy(survey)
        case .placeholders: placeholders(survey)
        case .unusedFiles: unusedFiles(survey)
        case .unusedNames: unusedNames(survey)
        case .prose: prose(survey)
        case .form: form(survey)
        case .streams: streams(survey)
        }
    }
}

/// What breaks a rule, and where.
struct Finding: CustomStringConvertible, Sendable {
    let rule: Rule
    let path: String
    var line = 0
    /// What is wrong, in one word or name: exceptions name it.
    let what: String
    let why: String

    var description: String { "\(rule.rawValue): \(path)\(line > 0 ? ":\(line)" : ""): \(what): \(why)" }
}
