import Testing

@Suite struct JobPlaceholder {}
