import Records
import Sealing

extension ImportFile {
    /// Reads each JSON value: one a line, or the elements of an array, or one value that may span lines.
    ///
    /// The elements of an array are read one after the other, so that a file of any size needs little memory. Returns
    /// the hash of the file.
    @discardableResult
    func values(_ body: (ImportPlace, ForeignJSON) throws(CofferError) -> Void) throws(CofferError) -> Hash256 {
        let bytes = try open()
        switch try bytes.peekSignificant() {
        case nil: throw CofferError(.usage, "\(name) is empty.", rule: "import.format")
        case UInt8(ascii: "["): try sequence(bytes, body)
        default:
            if try firstLineIsWhole() {
                while let (place, value) = try line(bytes) { try body(place, value) }
            } else {
                try sequence(bytes, body)
            }
        }
        try bytes.drain()
        return bytes.hash
    }

    /// Each line that is not blank, with its number. Returns the hash of the file.
    func lines(_ body: (Int, UnsafeBufferPointer<UInt8>) throws(CofferError) -> Void) throws(CofferError) -> Hash256 {
        let bytes = try open()
        var isEmpty = true
        while try bytes.nextLine(body) != nil { isEmpty = false }
        guard !isEmpty else { throw CofferError(.usage, "\(name) is empty.", rule: "import.format") }
        return bytes.hash
    }

    /// The first value of the file, to tell its shape; nil when it is an array.
    func firstValue() throws(CofferError) -> ForeignJSON? {
        let bytes = try open()
        switch try bytes.peekSignificant() {
        case nil: throw CofferError(.usage, "\(name) is empty.", rule: "import.format")
        case UInt8(ascii: "["): return nil
        default:
            if try firstLineIsWhole() { return try line(bytes)?.1 }
            return try bytes.nextValue { number, text throws(CofferError) in
                try json(text, at: ImportPlace(line: number))
            }
        }
    }

    private func line(_ bytes: ImportBytes) throws(CofferError) -> (ImportPlace, ForeignJSON)? {
        try bytes.nextLine { number, text throws(CofferError) in
            let place = ImportPlace(line: number)
            return (place, try json(text, at: place))
        }
    }

    /// Whether the first line is not just the beginning of a value. A line that is wrong in another way is reported as
    /// a line.
    private func firstLineIsWhole() throws(CofferError) -> Bool {
        try open().nextLine { _, text in
            do throws(ForeignJSON.Failure) { _ = try ForeignJSON(buffer: text) } catch { return error != .truncated }
            return true
        } ?? true
    }

    private func sequence(_ bytes: ImportBytes, _ body: (ImportPlace, ForeignJSON) throws(CofferError) -> Void)
        throws(CofferError)
    {
        var document = 0
        while let first = try bytes.peekSignificant() {
            if first == UInt8(ascii: "[") {
                try elements(bytes, document, body)
                document += 1
            } else {
                try value(bytes, item: nil, document, body)
            }
        }
    }

    private func elements(
        _ bytes: ImportBytes, _ document: Int, _ body: (ImportPlace, ForeignJSON) throws(CofferError) -> Void
    ) throws(CofferError) {
        bytes.skip()
        var item = 1
        let start = bytes.line
        if try bytes.peekSignificant() == UInt8(ascii: "]") { return bytes.skip() }
        while true {
            guard try bytes.peekSignificant() != nil else { break }
            try value(bytes, item: item, document, body)
            item += 1
            switch try bytes.peekSignificant() {
            case UInt8(ascii: ","): bytes.skip()
            case UInt8(ascii: "]"): return bytes.skip()
            case nil: throw wrong(ImportPlace(line: start), "ends inside a JSON value")
            default: throw wrong(ImportPlace(line: bytes.line), "is not JSON")
            }
        }
        throw wrong(ImportPlace(line: start), "ends inside a JSON value")
    }

    private func value(
        _ bytes: ImportBytes, item: Int?, _ document: Int,
        _ body: (ImportPlace, ForeignJSON) throws(CofferError) -> Void
    ) throws(CofferError) {
        let (place, value) = try bytes.nextValue { number, text throws(CofferError) in
            let place = ImportPlace(line: number, item: item, document: document)
            return (place, try json(text, at: place))
        }
        try body(place, value)
    }
}
