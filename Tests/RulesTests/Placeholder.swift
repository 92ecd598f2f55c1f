import Testing

@Suite struct RulesPlaceholder {}
