import Testing

/// The tree keeps its rules: modules, references, names, files and words.
@Suite("Tree rule")
struct TreeRuleTests {
    /// Read once for all tests.
    private static let survey = Result { Survey(try Tree.read()) }

    @Test("The tree keeps the rule", arguments: Rule.allCases)
    func theTreeKeepsTheRule(rule: Rule) throws {
        let survey = try Self.survey.get()
        #expect(survey.sources.count > 400)
        let findings = rule.findings(in: survey)
        let exceptions = TreeException.all.filter { $0.rule == rule }
        for finding in findings where !exceptions.contains(where: { $0.excuses(finding) }) {
            Issue.record("\(finding)")
        }
        for exception in exceptions where !findings.contains(where: { exception.excuses($0) }) {
            Issue.record("\(exception) excuses nothing")
        }
    }

    @Test("Exceptions are few and have reasons")
    func exceptionsAreFewAndHaveReasons() {
        #expect(TreeException.all.count <= TreeException.atMost)
        #expect(TreeException.all.allSatisfy { !$0.reason.isEmpty })
    }
}
