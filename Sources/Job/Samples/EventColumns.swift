/// The members that every event of a sample has, in order, each with the value that stands for nothing. Loaders take a
/// column's type from the first rows that they see, so it must show in every row (Sample, "Columns").
enum EventColumns {
    private static let empty: [(name: String, value: SampleJSON)] = [
        ("dt", .integer(0)), ("type", .string("none")), ("key", .string("")), ("text", .string("")),
        ("button", .string("")), ("direction", .string("")), ("clicks", .integer(0)),
        ("x", .fraction(Fraction(0, of: 1))), ("y", .fraction(Fraction(0, of: 1))), ("off", .boolean(false)),
        ("source", .string("")),
    ]

    /// Stands in a step that has no events.
    static let none = SampleJSON.object(empty.map { ($0.name, $0.value) })

    /// An event with all members. Another name is a programming error.
    static func complete(_ members: [(String, SampleJSON)]) -> SampleJSON {
        precondition(members.allSatisfy { member in empty.contains { $0.name == member.0 } }, "no column of events")
        return .object(
            empty.map { column in (column.name, members.first { $0.0 == column.name }?.1 ?? column.value) })
    }
}
