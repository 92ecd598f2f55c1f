import Testing

@Suite struct BrokerPlaceholder {}
