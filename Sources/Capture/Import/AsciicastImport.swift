import Records
import Sealing

/// asciicast v2: a header object, then one [seconds, "o" or "i", text] per line. Markers and resizes are skipped.
enum AsciicastImport {
    static func read(_ path: String, app: AppName?) throws(CofferError) -> Recording {
        let file = try ImportFile(path)
        let lines = try file.json()
        guard let header = lines.first, header.value["version"]?.integer(0...9) == 2 else {
            throw file.wrong(1, "is not the header of an asciicast v2")
        }
        let start = header.value["timestamp"].flatMap { $0.integer(0...253_402_300_799) }.map {
            Milliseconds(Seconds(clamping: $0))
        }
        let app = app ?? AppName(windowClass: "terminal")
        var items: [ImportItem] = []
        for (number, value) in lines.dropFirst() {
            guard let event = value.array, event.count == 3, let seconds = event[0].number,
                (0...31_536_000).contains(seconds),
                let code = event[1].string, let text = event[2].string
            else { throw file.wrong(number, "is not an event [seconds, code, text]") }
            let time = (start ?? 0) + Milliseconds(clamping: (seconds * 1000).rounded())
            switch code {
            case "o", "i":
                items.append(
                    ImportItem(
                        time: time, app: app,
                        content: .record(.terminal(TerminalContent(isOutput: code == "o", text: text)))))
            case "m", "r", "x": continue
            default: throw file.wrong(number, "has the unknown event code \"\(code.prefix(8))\"")
            }
        }
        return Recording(items, isRelative: start == nil)
    }
}
