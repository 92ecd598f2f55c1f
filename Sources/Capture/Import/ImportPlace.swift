/// Where in a file something stands, as a refusal names it.
struct ImportPlace {
    /// From one.
    var line: Int
    /// A place in an array of items, from one.
    var item: Int?
    /// A step of a trajectory or a message of a conversation, as the file counts it.
    var part: Part?
    /// Which of the file's values it is; lines are all of one.
    var document = 0

    enum Part {
        case step(Int)
        case message(Int)
    }

    init(line: Int, item: Int? = nil, document: Int = 0) {
        self.line = line
        self.item = item
        self.document = document
    }

    func step(_ number: Int) -> ImportPlace { with(.step(number)) }
    func message(_ number: Int) -> ImportPlace { with(.message(number)) }

    private func with(_ part: Part) -> ImportPlace {
        var place = self
        place.part = part
        return place
    }

    var description: String {
        var text = "line \(line)"
        if let item { text += ", item \(item)" }
        switch part {
        case .step(let number): text += ", step \(number)"
        case .message(let number): text += ", message \(number)"
        case nil: break
        }
        return text
    }
}
