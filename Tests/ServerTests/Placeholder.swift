import Testing

@Suite struct ServerPlaceholder {}
