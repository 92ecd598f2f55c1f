import Testing

@Suite struct LakePlaceholder {}
